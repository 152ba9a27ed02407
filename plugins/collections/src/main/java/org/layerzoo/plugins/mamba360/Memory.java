package org.layerzoo.plugins.mamba360;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.ssm.SsmLayer;
import org.layerzoo.nn.ssm.StateSpace;

/** How long members remember, and whether they are stable. */
final class Memory {
    private Memory() {}

    /** Largest |Abar| of all state space layers inside, for standard normal input where it depends on it. */
    static double radius(Layer root, int dim, RunContext context) {
        Tensor u = context.draws().normal("radius.u", DType.F32, 1, 64, dim);
        List<Layer> all = new ArrayList<>(LayerTree.all(root).values());
        all.add(root);
        return all.stream()
                .filter(SsmLayer.class::isInstance)
                .mapToDouble(l -> Ops.reduce(
                                org.layerzoo.core.op.Primitive.ReduceKind.MAX,
                                ((SsmLayer) l).model().get().radii(u).reshape(-1),
                                false,
                                0)
                        .item())
                .max()
                .orElse(Double.NaN);
    }

    /** Memory lengths 1 / |log |lambda|| and mean |K_l| against lag, of the kernels of this collection at their start. */
    static List<Block> blocks(Mamba360Config c, Contenders contenders, RunContext context) {
        List<List<String>> rows = new ArrayList<>();
        List<String> named = new ArrayList<>();
        List<double[]> responses = new ArrayList<>();
        List<Block.Line> lines = new ArrayList<>();
        double[] lag = java.util.stream.IntStream.range(0, c.lags())
                .mapToDouble(i -> i)
                .toArray();
        contenders.all().forEach((name, ref) -> {
            if (contenders.build(ref, context.draws().seed()).layer() instanceof SsmLayer l) {
                rows.add(lengths(name, l.model().get(), c, context));
                if (!name.equals("s6")) {
                    double[] response = response(l.model().get(), c.lags());
                    named.add(name);
                    responses.add(response);
                    lines.add(new Block.Line(name, lag, response, new double[0], new double[0], Double.NaN));
                }
            }
        });
        List<String> columns =
                Arrays.stream(lag).mapToObj(l -> Integer.toString((int) l)).toList();
        return List.of(
                new Block.Table(
                        "Memory length 1 / |log |lambda|| in tokens",
                        List.of("member", "shortest", "median", "longest", "largest |Abar|"),
                        rows),
                new Block.Curves(
                        "Impulse response, mean |K_l|", "lag l", "mean |K_l| over |K|'s peak", false, true, lines),
                new Block.HeatMap(
                        "Impulse response", "lag", "member", named, columns, responses.toArray(double[][]::new)));
    }

    private static List<String> lengths(String name, StateSpace s, Mamba360Config c, RunContext context) {
        Tensor u = context.draws().normal("memory.u", DType.F32, 1, c.lags(), c.dim());
        double[] r = s.radii(u).toDoubles();
        double[] length =
                Arrays.stream(r).map(x -> 1 / Math.abs(Math.log(x))).sorted().toArray();
        double largest = Arrays.stream(r).max().orElseThrow();
        return List.of(
                name,
                number(length[0]),
                number(length[length.length / 2]),
                number(length[length.length - 1]),
                String.format(Locale.ROOT, "%.6f", largest));
    }

    private static String number(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }

    /** Mean over channels of |K_l|, its peak scaled to 1. */
    private static double[] response(StateSpace s, int lags) {
        double[] k = Ops.abs(s.kernel(lags)).reshape(-1, lags).mean(0).toDoubles();
        double peak = Arrays.stream(k).max().orElseThrow();
        return Arrays.stream(k).map(v -> v / peak).toArray();
    }
}
