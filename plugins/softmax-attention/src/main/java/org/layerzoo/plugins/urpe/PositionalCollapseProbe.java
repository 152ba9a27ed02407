package org.layerzoo.plugins.urpe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.pf4j.Extension;

/**
 * Positional collapse (section 3): n copies of one token through random residual layers with random B, once with C = 1 and
 * once with random C; the spread max_i |y_i - y_1| / |y_1| behind each layer. The theorem says 0 for C = 1.
 */
@Extension
public final class PositionalCollapseProbe implements ProbeProvider<PositionalCollapseConfig> {
    @Override
    public String name() {
        return "positional-collapse";
    }

    @Override
    public Class<PositionalCollapseConfig> config() {
        return PositionalCollapseConfig.class;
    }

    @Override
    public PositionalCollapseConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new PositionalCollapseConfig(8, 2, 16, 2, 1, false);
            case TEST -> new PositionalCollapseConfig(32, 2, 32, 4, 3, false);
            case PAPER -> new PositionalCollapseConfig(768, 12, 128, 12, 1, false);
        };
    }

    @Override
    public Report run(
            PositionalCollapseConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        List<double[]> plain = new ArrayList<>();
        List<double[]> universal = new ArrayList<>();
        for (int m = 0; m < c.models(); m++) {
            context.checkCancelled();
            Draws draws = context.draws().step(m);
            plain.add(TensorScope.use(() -> spreads(c, draws, false)));
            universal.add(TensorScope.use(() -> spreads(c, draws, true)));
            context.progress((m + 1.0) / c.models(), (m + 1) + " of " + c.models() + " models");
        }
        List<Block.Line> lines = List.of(line("C = 1", plain), line("random C", universal));
        List<Block> blocks =
                List.of(new Block.Curves("Spread of identical tokens", "layers", "spread", false, true, lines));
        return new Report("Positional collapse", blocks, List.of());
    }

    /** Behind each layer. */
    private static double[] spreads(PositionalCollapseConfig c, Draws draws, boolean randomC) {
        Tensor x = draws.normal("token", DType.F64, 1, 1, c.dim()).expand(1, c.length(), c.dim());
        double[] out = new double[c.depth()];
        for (int layer = 0; layer < c.depth(); layer++) {
            Model m = layer(c, draws, layer, randomC);
            x = x.add(m.forward(Tensors.of("x", x), Call.eval()).get("y"));
            out[layer] = spread(x);
        }
        return out;
    }

    private static Model layer(PositionalCollapseConfig c, Draws draws, int layer, boolean randomC) {
        UrpeConfig.Offsets unique = new UrpeConfig.Offsets.Unique();
        UrpeConfig config =
                new UrpeConfig(c.dim(), c.heads(), c.length(), c.causal(), true, randomC, unique, unique, false, 0);
        Model m = Models.build(
                "urpe",
                new UrpeProvider(),
                config,
                Models.Options.of(draws.step(layer).seed()).with(DType.F64));
        for (Param p : m.params().params().values()) {
            if (p.path().endsWith("rp_bias.weight")) {
                p.set(draws.at("layer." + layer)
                        .normal(p.path(), DType.F64, p.spec().shape().dims()));
            }
        }
        return m;
    }

    /** max_i |y_i - y_1| / |y_1|. */
    private static double spread(Tensor y) {
        Tensor first = y.slice(1, 0, 1);
        return Math.sqrt(y.sub(first).pow(2).sum(0, 2).max().item()) / Errors.norm(first);
    }

    /** The mean over the models. A spread of exactly 0 has no place on a logarithmic axis: it is drawn at 1e-18. */
    private static Block.Line line(String name, List<double[]> models) {
        int depth = models.getFirst().length;
        double[] x = IntStream.rangeClosed(1, depth).asDoubleStream().toArray();
        double[] y = new double[depth];
        models.forEach(m -> IntStream.range(0, depth).forEach(i -> y[i] += Math.max(1e-18, m[i]) / models.size()));
        return new Block.Line(name, x, y, new double[0], new double[0], Double.NaN);
    }
}
