package org.layerzoo.cpuvector.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of the selective scan: states are computed anew span by span from those at span boundaries, then the scan
 * runs backwards. Sums over samples and over channel blocks are joined in their order.
 */
public final class SelectiveScanGradientKernel implements Kernel<GradientOf> {
    private final SelectiveScanKernel forward = new SelectiveScanKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((SelectiveScan) op.op(), in);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        SelectiveScan scan = (SelectiveScan) op.op();
        int cotangents = op.inputs() + op.outputs();
        Optional<Tensor> dy = op.given().contains(0) ? Optional.of(in.get(cotangents)) : Optional.empty();
        Optional<Tensor> dLast = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        List<Tensor> inputs = in.subList(0, scan.longest() > 0 ? op.inputs() - 1 : op.inputs());
        List<Tensor> grads;
        if (scan.longest() > 0) {
            grads = allocate(inputs);
            SelectiveScan dense = SelectiveScanKernel.dense(scan);
            long[] bounds = in.get(op.inputs() - 1).toLongs();
            SelectiveScanKernel.samples(scan, inputs.size())
                    .gradients(inputs, bounds, dy, dLast, grads, (x, y, last) -> gradients(dense, x, y, last));
        } else {
            grads = gradients(scan, inputs, dy, dLast);
        }
        return op.wanted().stream().map(grads::get).toList();
    }

    private static List<Tensor> allocate(List<Tensor> like) {
        return like.stream().map(t -> Tensor.allocate(t.spec())).toList();
    }

    /** Of all inputs. */
    private static List<Tensor> gradients(
            SelectiveScan scan, List<Tensor> inputs, Optional<Tensor> dy, Optional<Tensor> dLast) {
        List<Tensor> grads = allocate(inputs);
        try (Loan loan = Loan.open()) {
            new Join(loan, scan, inputs, grads).run(dy, dLast);
        }
        return grads;
    }

    /** All blocks of all samples and what is summed over them. */
    private static final class Join {
        private final SelectiveScan scan;
        private final List<Tensor> in;
        private final List<Tensor> grads;
        private final int batch;
        private final int groups;
        private final int n;
        private final int[][] blocks;
        private final ScanGradient.Sums[] parts;
        private final float[] line;

        Join(Loan loan, SelectiveScan scan, List<Tensor> in, List<Tensor> grads) {
            this.scan = scan;
            this.in = in;
            this.grads = grads;
            batch = in.getFirst().dim(0);
            groups = in.get(3).dim(2);
            n = in.get(2).dim(1);
            blocks = ScanBlock.blocks(in.getFirst().dim(2), groups);
            parts = new ScanGradient.Sums[batch * blocks.length];
            line = loan.floats(n);
            for (int i = 0; i < parts.length; i++) {
                parts[i] = ScanGradient.Sums.of(loan, in.getFirst().dim(1), n);
            }
        }

        void run(Optional<Tensor> dy, Optional<Tensor> dLast) {
            Workers.run(parts.length, in.getFirst().size() * n * 16, t -> {
                int[] block = blocks[t % blocks.length];
                try (Loan own = Loan.open()) {
                    ScanBlock b = new ScanBlock(own::zeros, scan, in, t / blocks.length, block[0], block[1]);
                    new ScanGradient(own, b, parts[t], grads).run(dy, dLast);
                }
            });
            joinBlocks();
            joinSamples(ScanBlock.Places.of(scan));
        }

        /** dB and dC [B, T, G, N]: sums over the blocks of a group. */
        private void joinBlocks() {
            int tokens = in.getFirst().dim(1);
            int each = blocks.length / groups;
            for (int s = 0; s < batch; s++) {
                for (int g = 0; g < groups; g++) {
                    int first = s * blocks.length + g * each;
                    for (int i = 1; i < each; i++) {
                        add(parts[first + i].db(), parts[first].db(), tokens * n);
                        add(parts[first + i].dc(), parts[first].dc(), tokens * n);
                    }
                    for (int t = 0; t < tokens; t++) {
                        long at = (((long) s * tokens + t) * groups + g) * n;
                        Floats.store(parts[first].db(), t * n, grads.get(3).segment(), at, n);
                        Floats.store(parts[first].dc(), t * n, grads.get(4).segment(), at, n);
                    }
                }
            }
        }

        /** dA, d bias and dD: sums over samples. */
        private void joinSamples(ScanBlock.Places p) {
            for (int i = 0; i < blocks.length; i++) {
                ScanGradient.Sums first = parts[i];
                int channel = blocks[i][0];
                int width = blocks[i][1];
                for (int s = 1; s < batch; s++) {
                    ScanGradient.Sums other = parts[s * blocks.length + i];
                    add(other.da(), first.da(), n * ScanBlock.C);
                    add(other.dBias(), first.dBias(), width);
                    add(other.dSkip(), first.dSkip(), width);
                }
                ScanBlock.storeState(first.da(), n, width, line, grads.get(2).segment(), channel);
                if (p.bias() >= 0) {
                    Floats.store(first.dBias(), 0, grads.get(p.bias()).segment(), channel, width);
                }
                if (p.skip() >= 0) {
                    Floats.store(first.dSkip(), 0, grads.get(p.skip()).segment(), channel, width);
                }
            }
        }
    }

    private static void add(float[] x, float[] to, int n) {
        for (int i = 0; i < n; i++) {
            to[i] += x[i];
        }
    }
}
