package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of attention to q, keys, values and biases of every section from o and the log-sum-exp (FlashAttention-2, algorithm 2): weights
 * are computed anew tile by tile. One task a key head, or a range of
 * its keys where heads are few, so that k and v gradients have one order of additions.
 */
public final class AttendGradientKernel implements Kernel<GradientOf> {
    /** Enough for any usual machine; the count of threads must not show in the order of additions. */
    private static final int TASKS = 16;

    /** Keys that a task has at least: rows are prepared anew for each range of keys. */
    private static final int FEWEST_KEYS = 1024;

    private final AttendKernel forward = new AttendKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        Attend a = (Attend) op.op();
        Optional<String> no = forward.refusal(a, in);
        if (no.isPresent()) {
            return no;
        }
        if (op.given().stream().anyMatch(i -> i > (a.norm().hasLse() ? 1 : 0))) {
            return Optional.of("gradients through weights or their sums");
        }
        boolean factors = a.sections().stream().anyMatch(x -> !x.post().isEmpty());
        return factors && op.wanted().stream().anyMatch(i -> i > 2)
                ? Optional.of("gradients of factors behind the softmax")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Attend a = (Attend) op.op();
        Inputs inputs = new Inputs(in.subList(0, op.inputs()));
        Tensor q = inputs.next();
        List<KeySection> sections = KeySection.all(a, q, inputs);
        return TensorScope.use(() -> {
            Tensor[] grads = new Tensor[op.inputs()];
            grads[0] = Tensor.allocate(q.spec());
            for (KeySection s : sections) {
                grads[s.input()] = Tensor.allocate(s.k().spec());
                grads[s.input() + 1] = Tensor.allocate(s.v().spec());
            }
            List<Tensor> dq = new ArrayList<>();
            Rows rows = RowDeltas.of(sections, a, rows(op, in, q));
            for (KeySection s : sections) {
                section(a, s, op.wanted(), rows, grads, dq);
            }
            add(dq);
            return op.wanted().stream().map(i -> grads[i]).toList();
        });
    }

    /** Gradients of one section; what it gives to q, in parts, joins the list. */
    private static void section(
            Attend a, KeySection s, List<Integer> wanted, Rows rows, Tensor[] grads, List<Tensor> dq) {
        Tensor q = rows.q();
        int heads = q.dim(1);
        int keyHeads = s.k().dim(1);
        List<List<Integer>> readers = AttendKernel.readers(a.heads().resolve(heads, keyHeads), keyHeads);
        List<BiasTerm> terms =
                s.terms().stream().filter(t -> wanted.contains(t.input())).toList();
        int tk = s.k().dim(2);
        // a slot of a bias is summed by one task
        int span = terms.isEmpty() ? span(q.dim(0) * keyHeads, tk) : Math.max(1, tk);
        int parts = Math.max(1, (tk + span - 1) / span);
        int first = dq.size();
        for (int i = 0; i < parts; i++) {
            dq.add(dq.isEmpty() ? grads[0] : Tensor.allocate(q.spec()));
        }
        try (Loan loan = Loan.open()) {
            List<BiasSum> sums = terms.stream()
                    .map(t -> BiasSum.of(t, q.dim(0), heads, loan))
                    .toList();
            int samples = sums.stream().allMatch(BiasSum::perSample) ? q.dim(0) : 1;
            int groups = sums.stream().allMatch(BiasSum::perHead) ? keyHeads : 1;
            Workers.run(samples * groups * parts, Long.MAX_VALUE, t -> {
                int start = t % parts * span;
                int unit = t / parts;
                for (int b = unit / groups; b < q.dim(0); b += samples) {
                    for (int k = unit % groups; k < keyHeads; k += groups) {
                        KeyHeadGradient g =
                                KeyHeadGradient.of(s, sums, b, k, (float) a.scale(), start, Math.min(tk, start + span));
                        for (int h : readers.get(k)) {
                            g.head(h, rows, dq.get(first + t % parts));
                        }
                        g.store(grads[s.input()], grads[s.input() + 1]);
                    }
                }
            });
            for (BiasSum x : sums) {
                grads[x.term().input()] = x.result();
            }
        }
    }

    private static Rows rows(GradientOf op, List<Tensor> in, Tensor q) {
        int cotangents = op.inputs() + op.outputs();
        Tensor doOut = op.given().contains(0)
                ? in.get(cotangents)
                : Tensor.zeros(in.get(op.inputs()).spec());
        Optional<Tensor> dLse = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        boolean total = ((Attend) op.op()).norm().hasLse();
        Optional<Tensor> lse = total ? Optional.of(in.get(op.inputs() + 1)) : Optional.empty();
        Optional<ClipWeights> clip = ClipWeights.of(((Attend) op.op()).norm());
        return new Rows(q, in.get(op.inputs()), doOut, lse, dLse, Optional.empty(), clip);
    }

    /** Keys of a task: where there are few heads, each is cut into some ranges so that all threads have work. */
    private static int span(int pairs, int keys) {
        int parts = Math.clamp(TASKS / Math.max(1, pairs), 1, Math.max(1, keys / FEWEST_KEYS));
        int blocks = (keys + RowPanel.KEYS - 1) / RowPanel.KEYS;
        return Math.max(1, (blocks + parts - 1) / parts) * RowPanel.KEYS;
    }

    /** Sums what the ranges of keys gave for q into the first, in their order. */
    private static void add(List<Tensor> dq) {
        Tensor to = dq.getFirst();
        Workers.pieces(dq.size() == 1 ? 0 : to.size(), 4096, dq.size(), (from, end) -> {
            int n = (int) (end - from);
            float[] sum = new float[n];
            float[] x = new float[n];
            Floats.load(to.segment(), from, sum, 0, n);
            for (Tensor part : dq.subList(1, dq.size())) {
                Floats.load(part.segment(), from, x, 0, n);
                RowLoops.axpy(1f, x, 0, sum, 0, n);
            }
            Floats.store(sum, 0, to.segment(), from, n);
        });
    }

    /**
     * What belongs to query rows: q and o with the cotangent of o, log-sum-exp (of a softmax) and, where given, its cotangent.
     *
     * @param delta sums of p dp less the cotangent of the log-sum-exp, where they are not o dO
     */
    record Rows(
            Tensor q,
            Tensor o,
            Tensor doOut,
            Optional<Tensor> lse,
            Optional<Tensor> dLse,
            Optional<Tensor> delta,
            Optional<ClipWeights> clip) {
        Rows with(Tensor deltas) {
            return new Rows(q, o, doOut, lse, dLse, Optional.of(deltas), clip);
        }
    }
}
