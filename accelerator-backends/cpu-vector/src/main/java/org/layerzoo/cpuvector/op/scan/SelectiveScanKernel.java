package org.layerzoo.cpuvector.op.scan;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.PackedSamples;
import org.layerzoo.cpuvector.Workers;

/** The selective scan, token by token with one vector lane a channel; one state of 128 channels a task, nothing of size T x N. */
public final class SelectiveScanKernel implements Kernel<SelectiveScan> {
    @Override
    public Optional<String> refusal(SelectiveScan op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(SelectiveScan op, List<Tensor> in) {
        Tensor y = Tensor.allocate(in.getFirst().spec());
        int samples = op.longest() > 0 ? in.getLast().dim(0) - 1 : y.dim(0);
        Tensor last = Tensor.allocate(
                TensorSpec.of(DType.F32, samples, y.dim(2), in.get(2).dim(1)));
        if (op.longest() > 0) {
            packed(op, in, y, last);
            return List.of(y, last);
        }
        int channels = y.dim(2);
        int[][] blocks = ScanBlock.blocks(channels, in.get(3).dim(2));
        Workers.run(y.dim(0) * blocks.length, y.size() * in.get(2).dim(1) * 4, t -> {
            int[] block = blocks[t % blocks.length];
            try (Loan loan = Loan.open()) {
                forward(new ScanBlock(loan::zeros, op, in, t / blocks.length, block[0], block[1]), y, last);
            }
        });
        return List.of(y, last);
    }

    private void packed(SelectiveScan op, List<Tensor> in, Tensor y, Tensor last) {
        SelectiveScan dense = dense(op);
        samples(op, in.size() - 1)
                .run(in.subList(0, in.size() - 1), in.getLast().toLongs(), y, last, part -> run(dense, part));
    }

    /** The op on one of the packed samples. */
    static SelectiveScan dense(SelectiveScan op) {
        return new SelectiveScan(
                op.softplus(),
                op.discretisation(),
                op.deltaBias(),
                op.skip(),
                op.gate(),
                op.initial(),
                op.reverse(),
                op.chunk(),
                0);
    }

    /** @param inputs without the bounds */
    static PackedSamples samples(SelectiveScan op, int inputs) {
        ScanBlock.Places p = ScanBlock.Places.of(op);
        List<Boolean> tokens = IntStream.range(0, inputs)
                .mapToObj(i -> i < 2 || i == 3 || i == 4 || i == p.gate())
                .toList();
        return new PackedSamples(1, tokens, p.initial());
    }

    private static void forward(ScanBlock s, Tensor y, Tensor last) {
        float[] h = s.initial();
        for (int from = 0; from < s.tokens; from += ScanBlock.SPAN) {
            int count = Math.min(ScanBlock.SPAN, s.tokens - from);
            int at = s.op.reverse() ? s.tokens - from - count : from;
            s.load(at, count);
            s.steps(h, false, count);
            s.addSkip(count);
            s.gate(count).ifPresent(g -> {
                for (int i = 0; i < count * ScanBlock.C; i++) {
                    s.y[i] *= g[i];
                }
            });
            s.storeRows(s.y, y, at, count);
        }
        s.storeState(h, last.segment(), (long) s.sample * y.dim(2));
    }
}
