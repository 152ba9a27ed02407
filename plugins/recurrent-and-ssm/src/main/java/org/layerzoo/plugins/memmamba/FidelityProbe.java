package org.layerzoo.plugins.memmamba;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.pf4j.Extension;

/**
 * Memory fidelity: cosines between what was and what a ridge decoder makes of what is left. ETMF decodes token i from what the last
 * layer adds at i + d; ECLMF decodes what the first layer adds from what layer g adds at the same token. Where the layers' mixers are those
 * of Mamba there is the decay law, too: what share of what token i wrote is left in the state at i + d.
 */
@Extension
public final class FidelityProbe implements ProbeProvider<FidelityConfig> {
    private static final RecipeProvider.Slot SUBJECT =
            new RecipeProvider.Slot("subject", List.of(MemMambaStack.site(0)), "a stack x -> y");

    @Override
    public String name() {
        return "fidelity";
    }

    @Override
    public Class<FidelityConfig> config() {
        return FidelityConfig.class;
    }

    @Override
    public FidelityConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new FidelityConfig(8, 2, 8, 24, List.of(0, 1, 2, 4, 8), 1e-3);
            case TEST -> new FidelityConfig(64, 4, 16, 128, List.of(0, 1, 2, 4, 8, 16, 32), 1e-3);
            case PAPER -> new FidelityConfig(1024, 24, 32, 512, List.of(0, 1, 2, 4, 8, 16, 32, 64, 128, 256), 1e-3);
        };
    }

    @Override
    public List<RecipeProvider.Slot> subjects() {
        return List.of(SUBJECT);
    }

    @Override
    public Report run(FidelityConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Model m = SUBJECT.of(subjects, "memmamba/fidelity");
        return TensorScope.use(() -> report(c, m, context));
    }

    private static Report report(FidelityConfig c, Model m, RunContext context) {
        Tensor x = context.draws().normal("tokens", DType.F32, c.rows(), c.length(), c.dim());
        Taps.Recorder taps = Taps.recording();
        m.forward(Tensors.of("x", x), Call.eval().with(taps));
        List<Tensor> z =
                IntStream.range(0, c.layers()).mapToObj(i -> at(taps, i)).toList();
        int n = c.length();
        int[] distances = c.distances().stream().mapToInt(i -> i).toArray();
        int[] gaps = IntStream.range(0, c.layers()).toArray();
        List<Block> blocks = new ArrayList<>();
        blocks.add(curves(
                "ETMF",
                "tokens between",
                "cosine",
                List.of(line("ETMF", distances, d -> decoded(c, z.getLast().slice(1, d, n), x.slice(1, 0, n - d))))));
        blocks.add(curves(
                "ECLMF",
                "layers between",
                "cosine",
                List.of(line("ECLMF", gaps, g -> decoded(c, z.get(g), z.getFirst())))));
        Decay.of(m, taps, c.layers())
                .ifPresent(law -> blocks.add(curves(
                        "Decay",
                        "tokens between",
                        "share",
                        List.of(line("bound", distances, law::bound), line("norm", distances, law::norm)))));
        return new Report("Memory fidelity", blocks, List.of());
    }

    private static Tensor at(Taps.Recorder taps, int layer) {
        return Optional.ofNullable(taps.seen().get(MemMambaStack.site(layer)))
                .orElseThrow(() -> new ZooException(
                        ErrorCode.BAD_ARGUMENT,
                        "memmamba/fidelity: a subject with the site " + MemMambaStack.site(layer)
                                + " expected, given one with " + taps.seen().keySet()));
    }

    /** Cosine on the second half of the rows of a decoder from the first. */
    private static double decoded(FidelityConfig c, Tensor from, Tensor to) {
        int half = c.rows() / 2;
        Tensor w = Ridge.fit(flat(from.slice(0, 0, half)), flat(to.slice(0, 0, half)), c.ridge());
        return Ridge.fidelity(w, flat(from.slice(0, half, c.rows())), flat(to.slice(0, half, c.rows())));
    }

    private static Tensor flat(Tensor x) {
        return x.reshape(x.dim(0) * x.dim(1), x.dim(2));
    }

    private static Block curves(String title, String over, String what, List<Block.Line> lines) {
        return new Block.Curves(title, over, what, false, false, lines);
    }

    private static Block.Line line(String name, int[] at, IntToDoubleFunction value) {
        double[] x = IntStream.of(at).asDoubleStream().toArray();
        double[] y = IntStream.of(at).mapToDouble(value::applyAsDouble).toArray();
        return new Block.Line(name, x, y, new double[0], new double[0], Double.NaN);
    }
}
