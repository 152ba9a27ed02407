package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of softmax attention to q, k and v from o and the log-sum-exp (FlashAttention-2, algorithm 2): weights are
 * computed anew tile by tile. One task a key head, or a range of
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
        if (a.sections().size() > 1 || a.softcap() > 0) {
            return Optional.of("gradients through several sections or a soft cap");
        }
        if (op.given().stream().anyMatch(i -> i > 1)) {
            return Optional.of("gradients through weights or their sums");
        }
        return op.wanted().stream().anyMatch(i -> i > 2) ? Optional.of("gradients of biases") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Attend a = (Attend) op.op();
        List<Tensor> grads =
                in.subList(0, 3).stream().map(t -> Tensor.allocate(t.spec())).toList();
        Iterator<Tensor> it = in.subList(0, op.inputs()).iterator();
        Tensor q = it.next();
        KeySection section = KeySection.of(a.sections().getFirst(), 0, q, it);
        Rows rows = rows(op, in, q);
        int heads = q.dim(1);
        int keyHeads = section.k().dim(1);
        List<List<Integer>> readers = AttendKernel.readers(a.heads().resolve(heads, keyHeads), keyHeads);
        int pairs = q.dim(0) * keyHeads;
        int tk = section.k().dim(2);
        int span = span(pairs, tk);
        int parts = (tk + span - 1) / span;
        TensorScope.run(() -> {
            List<Tensor> dq = new ArrayList<>(List.of(grads.getFirst()));
            for (int i = 1; i < parts; i++) {
                dq.add(Tensor.allocate(q.spec()));
            }
            Workers.run(pairs * parts, Long.MAX_VALUE, t -> {
                int p = t / parts;
                int start = t % parts * span;
                int sample = p / keyHeads;
                KeyHeadGradient g = KeyHeadGradient.of(
                        section, sample, p % keyHeads, (float) a.scale(), start, Math.min(tk, start + span));
                for (int h : readers.get(p % keyHeads)) {
                    g.head(h, rows, dq.get(t % parts));
                }
                g.store(grads.get(1), grads.get(2));
            });
            add(dq);
        });
        return op.wanted().stream().map(grads::get).toList();
    }

    private static Rows rows(GradientOf op, List<Tensor> in, Tensor q) {
        int cotangents = op.inputs() + op.outputs();
        Tensor doOut = op.given().contains(0)
                ? in.get(cotangents)
                : Tensor.zeros(in.get(op.inputs()).spec());
        Optional<Tensor> dLse = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        return new Rows(q, in.get(op.inputs()), doOut, in.get(op.inputs() + 1), dLse);
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

    /** What belongs to query rows: q and o with the cotangent of o, log-sum-exp and, where given, its cotangent. */
    record Rows(Tensor q, Tensor o, Tensor doOut, Tensor lse, Optional<Tensor> dLse) {}
}
