package org.layerzoo.cpuvector.op.recur;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.PackedSamples;
import org.layerzoo.cpuvector.Workers;

/**
 * Matrix-state recurrences of every gate, linear in length. Recurrent calls, decays by column and fewer than four tokens go token by token;
 * chunked ones in products of matrices, by chunks of the size asked for but at most 16 tokens, which take the fewest operations; parallel
 * calls, whose one chunk would be quadratic, likewise. Tasks are blocks of state columns.
 */
public final class RecurKernel implements Kernel<Recur> {
    @Override
    public Optional<String> refusal(Recur op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Recur op, List<Tensor> in) {
        Tensor o = Tensor.allocate(in.get(2).spec());
        int samples = op.longest() > 0 ? in.getLast().dim(0) - 1 : o.dim(0);
        Tensor last = Tensor.allocate(
                TensorSpec.of(DType.F32, samples, o.dim(1), in.getFirst().dim(3), o.dim(3)));
        if (op.longest() > 0) {
            packed(op, in, o, last);
            return List.of(o, last);
        }
        int dv = o.dim(3);
        int blocks = (dv + StateStep.COLUMNS - 1) / StateStep.COLUMNS;
        int heads = o.dim(0) * o.dim(1);
        long cost = (long) heads * o.dim(2) * in.getFirst().dim(3) * dv;
        Workers.run(heads * blocks, cost, t -> {
            try (Loan loan = Loan.open()) {
                new StateRun(loan, op, in, o, last, t / blocks, t % blocks * StateStep.COLUMNS).run();
            }
        });
        return List.of(o, last);
    }

    private void packed(Recur op, List<Tensor> in, Tensor o, Tensor last) {
        Recur dense = dense(op);
        samples(op, in.size() - 1)
                .run(in.subList(0, in.size() - 1), in.getLast().toLongs(), o, last, part -> run(dense, part));
    }

    /** The op on one of the packed samples. */
    static Recur dense(Recur op) {
        return new Recur(op.gate(), op.diagonal(), op.reverse(), op.scale(), op.algorithm(), op.initial(), 0);
    }

    /** @param inputs without the bounds */
    static PackedSamples samples(Recur op, int inputs) {
        int gates = 3 + op.gate().tensors();
        List<Boolean> tokens = IntStream.range(0, inputs)
                .mapToObj(i -> i < 3 || i < gates && !(op.gate() instanceof Gate.PerHead))
                .toList();
        return new PackedSamples(2, tokens, op.initial() ? gates : -1);
    }
}
