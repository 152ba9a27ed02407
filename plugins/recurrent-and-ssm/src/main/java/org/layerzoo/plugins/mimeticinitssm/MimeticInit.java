package org.layerzoo.plugins.mimeticinitssm;

import java.util.Optional;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Initial values under which a Mamba or Mamba-2 layer is causal linear attention (Trockman et al. 2024): A near 0, steps of 1, W_B = W_C
 * and a convolution that passes its input. Shapes, names and numbers of parameters stay the host's.
 *
 * @param index of the layer in its stack, from 0
 */
record MimeticInit(MimeticConfig config, Layout layout, int index) {
    /** b with softplus(b) = 1. */
    static final double UNIT_STEP = Math.log(Math.expm1(1));

    /**
     * Where a host keeps its maps: rows before those of B in the projection, rows of B and of C, groups, and whether it is Mamba-2,
     * whose step sizes lie behind them.
     */
    record Layout(boolean second, int before, int maps, int groups) {
        /** That of the layer whose parameters lie under {@code at}; empty where it is neither Mamba nor Mamba-2. */
        static Optional<Layout> of(ParamTree t, String at, int groups) {
            int rank = size(t, at + "dt_proj.weight", 1);
            int states = size(t, at + "A_log", 1);
            if (rank > 0 && states > 0 && size(t, at + "x_proj.weight", 0) == rank + 2 * states) {
                return Optional.of(new Layout(false, rank, states, 1));
            }
            int heads = size(t, at + "dt_bias", 0);
            int inner = size(t, at + "out_proj.weight", 1);
            int maps = (size(t, at + "conv1d.weight", 0) - inner) / 2;
            boolean second = size(t, at + "in_proj.weight", 0) == 2 * inner + 2 * maps + heads;
            return second && heads > 0 && maps > 0 && maps % groups == 0
                    ? Optional.of(new Layout(true, 2 * inner, maps, groups))
                    : Optional.empty();
        }

        /** 0 where there is no such parameter or axis. */
        private static int size(ParamTree t, String path, int axis) {
            Param p = t.params().get(path);
            return p == null || p.spec().shape().rank() <= axis
                    ? 0
                    : p.spec().shape().dim(axis);
        }
    }

    /** The value of the layer's parameter of that name. @param v the host's initial value */
    Tensor edit(String name, String path, Tensor v, Draws draws) {
        return switch (config.chooses(index) ? name : "none of them") {
            case "A_log" -> config.transition() ? all(v, Math.log(config.a())) : v;
            case "dt_proj.weight" -> config.step() ? v.mul(config.stepWeight()) : v;
            case "dt_proj.bias", "dt_bias" -> config.step() ? all(v, UNIT_STEP) : v;
            case "conv1d.weight" -> config.convolves(index) ? delta(v) : v;
            case "conv1d.bias" -> config.convolves(index) ? all(v, 0) : v;
            case "x_proj.weight", "in_proj.weight", "in_proj.bias" ->
                name.startsWith("in") == layout.second() ? projection(path, v, draws) : v;
            default -> v;
        };
    }

    /** Rows [before, B, C, steps] of a weight [.., in] or a bias. */
    private Tensor projection(String path, Tensor v, Draws draws) {
        boolean bias = v.rank() == 1;
        int n = layout.maps();
        int to = layout.before() + 2 * n;
        Tensor b = bias
                ? Tensor.zeros(v.dtype(), n)
                : Init.normal(Math.sqrt(config.tiedVariance() * layout.groups() / n))
                        .values(path + ".tied", Shape.of(n, v.dim(1)), v.dtype(), draws);
        Tensor maps = config.tied() ? Ops.concat(0, b, b) : v.slice(0, layout.before(), to);
        Tensor head = Ops.concat(0, v.slice(0, 0, layout.before()), maps);
        if (to == v.dim(0)) {
            return head;
        }
        Tensor steps = v.slice(0, to, v.dim(0));
        return Ops.concat(0, head, config.step() ? steps.mul(bias ? 0 : config.stepWeight()) : steps);
    }

    private static Tensor all(Tensor v, double to) {
        return Tensor.full(v.dtype(), to, v.shape().dims());
    }

    /** 1 at the tap of the current token, which is the last. */
    private static Tensor delta(Tensor v) {
        int w = v.dim(2);
        return Ops.oneHot(Tensor.of(new long[] {w - 1}, 1, 1), w, v.dtype())
                .expand(v.shape().dims());
    }
}
