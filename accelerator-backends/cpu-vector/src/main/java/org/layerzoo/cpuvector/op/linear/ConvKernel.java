package org.layerzoo.cpuvector.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/**
 * Convolution and its adjoints of F32. The adjoints are matrix products over blocks of columns; one channel a group goes tap by tap
 * instead.
 */
public final class ConvKernel implements Kernel<Primitive.Linear> {
    /** Output positions of a block. */
    private static final int BLOCK = 256;

    @Override
    public Optional<String> refusal(Primitive.Linear op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        long largest = Math.max(
                op.infer(in).getFirst().shape().size(),
                Math.max(in.get(0).shape().size(), in.get(1).shape().size()));
        return largest > Integer.MAX_VALUE / 2 ? Optional.of("more elements than an array holds") : Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Linear op, List<Tensor> in) {
        Tensor out = Tensor.allocate(
                op.infer(List.of(in.get(0).spec(), in.get(1).spec())).getFirst());
        Shape first = in.get(0).shape();
        Shape second = in.get(1).shape();
        if (out.size() == 0 || first.size() == 0 || second.size() == 0) {
            out.segment().fill((byte) 0);
            return List.of(out);
        }
        switch (op) {
            case Primitive.Conv c ->
                ConvForward.run(ConvPlan.of(c.g(), first, second, out.shape()), in.get(0), in.get(1), out);
            case Primitive.ConvInput c -> input(ConvPlan.of(c.g(), out.shape(), second, first), in, out);
            case Primitive.ConvWeight c -> weight(ConvPlan.of(c.g(), first, out.shape(), second), in, out);
            default -> throw new IllegalArgumentException("no convolution: " + op.name());
        }
        return List.of(out);
    }

    private static void input(ConvPlan p, List<Tensor> in, Tensor out) {
        float[] dy = in.get(0).toFloats();
        float[] w = in.get(1).toFloats();
        Workers.run(p.batch() * p.groups(), in.get(0).size() * p.depth(), t -> {
            float[] dx = new float[p.channels() * p.inputs()];
            if (p.depthwise()) {
                DepthwiseLoops.of(p).input(dy, t * p.positions(), w, t % p.groups() * p.taps(), dx);
            } else {
                productsToInput(p, dy, p.yAt(0, t), turned(w, t % p.groups(), p), dx);
            }
            Floats.store(dx, 0, out.segment(), (long) t * dx.length, dx.length);
        });
    }

    /** W^T [depth, outputs] of a group. */
    private static float[] turned(float[] w, int group, ConvPlan p) {
        float[] out = new float[Tile.rows(p.depth()) * p.outputs()];
        int at = group * p.outputs() * p.depth();
        for (int o = 0; o < p.outputs(); o++) {
            for (int k = 0; k < p.depth(); k++) {
                out[k * p.outputs() + o] = w[at + o * p.depth() + k];
            }
        }
        return out;
    }

    private static void productsToInput(ConvPlan p, float[] dy, int at, float[] w, float[] dx) {
        for (int from = 0; from < p.positions(); from += BLOCK) {
            int n = Math.min(BLOCK, p.positions() - from);
            float[] panels = new float[p.outputs() * Tile.columns(n)];
            Pack.panels(dy, at + from, p.positions(), false, p.outputs(), n, panels, 0);
            float[] columns = new float[Tile.rows(p.depth()) * BLOCK];
            Tile.multiply(w, 0, p.outputs(), p.depth(), p.outputs(), panels, 0, p.outputs(), n, columns, 0, BLOCK);
            p.scatter(columns, BLOCK, from, n, dx);
        }
    }

    private static void weight(ConvPlan p, List<Tensor> in, Tensor out) {
        float[] x = in.get(0).toFloats();
        float[] dy = in.get(1).toFloats();
        int size = p.outputs() * p.depth();
        float[][] parts = new float[p.batch() * p.groups()][];
        Workers.run(parts.length, in.get(1).size() * p.depth(), t -> {
            if (p.depthwise()) {
                parts[t] = DepthwiseLoops.of(p).weight(x, t * p.inputs(), dy, t * p.positions());
            } else {
                parts[t] = productsToWeight(p, x, p.xAt(0, t), dy, p.yAt(0, t));
            }
        });
        for (int g = 0; g < p.groups(); g++) {
            float[] sum = parts[g];
            for (int b = 1; b < p.batch(); b++) {
                for (int i = 0; i < size; i++) {
                    sum[i] += parts[b * p.groups() + g][i];
                }
            }
            Floats.store(sum, 0, out.segment(), (long) g * size, size);
        }
    }

    private static float[] productsToWeight(ConvPlan p, float[] x, int xAt, float[] dy, int yAt) {
        int ld = Tile.columns(p.depth());
        float[] sum = new float[Tile.rows(p.outputs()) * ld];
        float[] columns = new float[p.depth() * BLOCK];
        for (int from = 0; from < p.positions(); from += BLOCK) {
            int n = Math.min(BLOCK, p.positions() - from);
            p.columns(x, xAt, from, n, columns, BLOCK);
            float[] panels = new float[n * ld];
            Pack.panels(columns, 0, BLOCK, true, n, p.depth(), panels, 0);
            float[] rows = new float[Tile.rows(p.outputs()) * n];
            for (int o = 0; o < p.outputs(); o++) {
                System.arraycopy(dy, yAt + o * p.positions() + from, rows, o * n, n);
            }
            Tile.multiply(rows, 0, n, p.outputs(), n, panels, 0, n, p.depth(), sum, 0, ld);
        }
        float[] out = new float[p.outputs() * p.depth()];
        for (int o = 0; o < p.outputs(); o++) {
            System.arraycopy(sum, o * ld, out, o * p.depth(), p.depth());
        }
        return out;
    }
}
