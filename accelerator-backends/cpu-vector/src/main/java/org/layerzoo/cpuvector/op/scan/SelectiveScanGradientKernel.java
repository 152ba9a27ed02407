package org.layerzoo.cpuvector.op.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of the selective scan: states are computed anew span by span from those at span boundaries, then the scan
 * runs backwards. Sums over samples and over channel blocks are joined in their order.
 */
public final class SelectiveScanGradientKernel implements Kernel<GradientOf> {
    private final SelectiveScanKernel forward = new SelectiveScanKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        SelectiveScan s = (SelectiveScan) op.op();
        if (s.discretisation() != SelectiveScan.Discretisation.EULER) {
            return Optional.of("gradients of the zero-order hold");
        }
        return s.longest() > 0 ? Optional.of("packed samples") : forward.refusal(s, in);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        SelectiveScan scan = (SelectiveScan) op.op();
        List<Tensor> inputs = in.subList(0, op.inputs());
        int cotangents = op.inputs() + op.outputs();
        Optional<Tensor> dy = op.given().contains(0) ? Optional.of(in.get(cotangents)) : Optional.empty();
        Optional<Tensor> dLast = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        List<Tensor> grads = new ArrayList<>();
        inputs.forEach(t -> grads.add(Tensor.allocate(t.spec())));
        int batch = inputs.getFirst().dim(0);
        int[][] blocks =
                ScanBlock.blocks(inputs.getFirst().dim(2), inputs.get(3).dim(2));
        ScanGradient[] parts = new ScanGradient[batch * blocks.length];
        Workers.run(parts.length, inputs.getFirst().size() * inputs.get(2).dim(1) * 16, t -> {
            int[] block = blocks[t % blocks.length];
            parts[t] = new ScanGradient(
                    new ScanBlock(float[]::new, scan, inputs, t / blocks.length, block[0], block[1]), grads);
            parts[t].run(dy, dLast);
        });
        joinBlocks(parts, blocks.length, batch, inputs.get(3), grads);
        joinSamples(parts, blocks.length, batch, ScanBlock.Places.of(scan), grads);
        return op.wanted().stream().map(grads::get).toList();
    }

    /** dB and dC [B, T, G, N]: sums over the blocks of a group. */
    private static void joinBlocks(ScanGradient[] parts, int blocks, int batch, Tensor b, List<Tensor> grads) {
        int groups = b.dim(2);
        int n = b.dim(3);
        int tokens = b.dim(1);
        int each = blocks / groups;
        for (int s = 0; s < batch; s++) {
            for (int g = 0; g < groups; g++) {
                int first = s * blocks + g * each;
                for (int i = 1; i < each; i++) {
                    add(parts[first + i].db, parts[first].db);
                    add(parts[first + i].dc, parts[first].dc);
                }
                for (int t = 0; t < tokens; t++) {
                    long at = (((long) s * tokens + t) * groups + g) * n;
                    Floats.store(parts[first].db, t * n, grads.get(3).segment(), at, n);
                    Floats.store(parts[first].dc, t * n, grads.get(4).segment(), at, n);
                }
            }
        }
    }

    /** dA, d bias and dD: sums over samples. */
    private static void joinSamples(
            ScanGradient[] parts, int blocks, int batch, ScanBlock.Places p, List<Tensor> grads) {
        for (int i = 0; i < blocks; i++) {
            ScanGradient first = parts[i];
            for (int s = 1; s < batch; s++) {
                add(parts[s * blocks + i].da, first.da);
                add(parts[s * blocks + i].dBias, first.dBias);
                add(parts[s * blocks + i].dSkip, first.dSkip);
            }
            first.block.storeState(first.da, 0, grads.get(2).segment(), 0);
            if (p.bias() >= 0) {
                Floats.store(first.dBias, 0, grads.get(p.bias()).segment(), first.block.channel, first.block.width);
            }
            if (p.skip() >= 0) {
                Floats.store(first.dSkip, 0, grads.get(p.skip()).segment(), first.block.channel, first.block.width);
            }
        }
    }

    private static void add(float[] x, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += x[i];
        }
    }
}
