package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of softmax attention to q, k and v from o and the log-sum-exp (FlashAttention-2, algorithm 2): weights are
 * computed anew tile by tile. One task a key head, so that its k and v gradients have one order of additions.
 */
public final class AttendGradientKernel implements Kernel<GradientOf> {
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
        return op.wanted().stream().anyMatch(i -> i > 2) ? Optional.of("gradients of biases") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Attend a = (Attend) op.op();
        List<Tensor> grads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            grads.add(Tensor.allocate(in.get(i).spec()));
        }
        Iterator<Tensor> it = in.subList(0, op.inputs()).iterator();
        Tensor q = it.next();
        KeySection section = KeySection.of(a.sections().getFirst(), 0, q, it);
        int cotangents = op.inputs() + op.outputs();
        Tensor doOut = op.given().contains(0)
                ? in.get(cotangents)
                : Tensor.zeros(in.get(op.inputs()).spec());
        Optional<Tensor> dLse = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        Rows rows = new Rows(q, in.get(op.inputs()), doOut, in.get(op.inputs() + 1), dLse);
        int heads = q.dim(1);
        int keyHeads = section.k().dim(1);
        List<List<Integer>> readers = AttendKernel.readers(a.heads().resolve(heads, keyHeads), keyHeads);
        int pairs = q.dim(0) * keyHeads;
        Workers.run(pairs, Long.MAX_VALUE, p -> {
            KeyHeadGradient g = new KeyHeadGradient(section, p, (float) a.scale());
            int sample = p / keyHeads;
            for (int h : readers.get(p % keyHeads)) {
                g.head(sample, h, sample * heads + h, rows, grads.getFirst());
            }
            Floats.store(g.dk(), 0, grads.get(1).segment(), (long) p * g.dk().length, g.dk().length);
            Floats.store(g.dv(), 0, grads.get(2).segment(), (long) p * g.dv().length, g.dv().length);
        });
        return op.wanted().stream().map(grads::get).toList();
    }

    /** What belongs to query rows: q and o with the cotangent of o, log-sum-exp and, where given, its cotangent. */
    record Rows(Tensor q, Tensor o, Tensor doOut, Tensor lse, Optional<Tensor> dLse) {}
}
