package org.layerzoo.plugins.retrievalhead;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.sequence.Haystack;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Channels;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.NormKind;
import org.layerzoo.nn.host.Positions;
import org.layerzoo.plugins.retrievalhead.check.RetrievalHeadChecks;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.pf4j.Extension;

/** Retrieval heads: which attention heads copy the answer out of a long context. */
@Extension
public final class RetrievalHeadProvider implements ProbeProvider<RetrievalHeadConfig> {
    private static final int BATCH = 8;

    @Override
    public Class<RetrievalHeadConfig> config() {
        return RetrievalHeadConfig.class;
    }

    @Override
    public RetrievalHeadConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                of(
                        List.of(16, 24),
                        List.of(0.25, 0.75),
                        1,
                        3,
                        List.of(1),
                        new RetrievalHeadConfig.Own(16, 16, 2, 2, 20));
            case TEST ->
                of(
                        List.of(32, 48),
                        List.of(0.0, 0.5, 1.0),
                        3,
                        4,
                        List.of(1, 2, 4),
                        new RetrievalHeadConfig.Own(32, 64, 4, 2, 600));
            case PAPER ->
                of(
                        List.of(1024, 4096, 16384, 50000),
                        List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
                        3,
                        16,
                        List.of(5, 10, 20, 30, 50),
                        new RetrievalHeadConfig.Own(64, 128, 8, 4, 5000));
        };
    }

    private static RetrievalHeadConfig of(
            List<Integer> lengths,
            List<Double> depths,
            int sets,
            int needle,
            List<Integer> masked,
            RetrievalHeadConfig.Own own) {
        return new RetrievalHeadConfig(
                new RetrievalHeadConfig.Haystacks(lengths, depths, sets, needle), false, 0.1, masked, own);
    }

    @Override
    public List<RecipeProvider.Slot> subjects() {
        return List.of(new RecipeProvider.Slot(
                "subject",
                List.of("block.0.attn.weights", "block.0.attn.heads"),
                "a causal language model; one is trained when none is given"));
    }

    @Override
    public Report run(RetrievalHeadConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Model subject = Optional.ofNullable(subjects.get("subject")).orElseGet(() -> trained(c, context));
        int vocab = subject.config() instanceof CausalLmConfig lm
                ? lm.vocab()
                : c.own().vocab();
        return new RetrievalHeadProbe(c, subject, vocab, context).report();
    }

    /** A small language model trained to answer haystacks of every length and depth. */
    public static Model trained(RetrievalHeadConfig c, RunContext context) {
        RetrievalHeadConfig.Own o = c.own();
        int longest = c.haystacks().lengths().stream()
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElseThrow()
                + c.haystacks().needle();
        CausalLmConfig config = new CausalLmConfig(
                o.vocab(),
                o.dim(),
                o.heads(),
                o.depth(),
                Mixer.rotary(),
                Channels.gelu(2 * o.dim()),
                NormKind.LAYER,
                Positions.LEARNED,
                longest,
                true);
        Model m = Models.build(
                "retrieval-head/own",
                new CausalLmProvider(config),
                config,
                Models.Options.of(context.draws().seed()));
        Objective answer = (batch, s) -> Fused.crossEntropy(
                s.model()
                        .forward(Tensors.of("tokens", batch.get("tokens")), s.call())
                        .get("y"),
                batch.get("target"),
                -100);
        TrainStage stage = new TrainStage("haystacks", m, answer, p -> true, TrainStage.Optim.adamW(3e-3), o.steps());
        new Trainer(TrainOptions.inMemory(), context)
                .run(
                        List.of(stage),
                        index -> batch(c, context.draws().at("train").step(index)));
        return m;
    }

    /** Haystack and answer as one sequence; targets are the needle's tokens, in both places. */
    private static Tensors batch(RetrievalHeadConfig c, Draws draws) {
        int n = c.haystacks().lengths().getFirst();
        int m = c.haystacks().needle();
        List<long[]> tokens = new ArrayList<>();
        List<long[]> targets = new ArrayList<>();
        double[] depth = draws.uniform("depth", DType.F64, BATCH).toDoubles();
        for (int b = 0; b < BATCH; b++) {
            Haystack h =
                    Haystack.draw(draws.at("row" + b), n, depth[b], m, c.own().vocab());
            tokens.add(h.answered());
            targets.add(h.targets(-100));
        }
        return Tensors.of("tokens", rows(tokens), "target", rows(targets));
    }

    private static Tensor rows(List<long[]> rows) {
        return Tensor.of(
                rows.stream().flatMapToLong(java.util.Arrays::stream).toArray(), rows.size(), rows.getFirst().length);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of(
                "retrieval_calculate", c -> c.in().has("attention"), RetrievalHeadProvider::released));
    }

    private static Tensors released(GoldenCase c) {
        OptionalLong stop = c.has("stop_token") ? OptionalLong.of(c.integer("stop_token")) : OptionalLong.empty();
        RetrievalScore s = RetrievalScore.of(
                c.in().get("prompt"),
                c.in().get("attention"),
                c.in().get("generated"),
                c.key("needle").get(0).asInt(),
                c.key("needle").get(1).asInt(),
                stop,
                true);
        double[] flat = java.util.Arrays.stream(s.score())
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
        return Tensors.of(
                "score",
                Tensor.of(DType.F32, flat, s.score().length, s.score()[0].length),
                "n_steps",
                Tensor.of(new int[] {s.steps()}, 1));
    }

    @Override
    public List<Check> checks() {
        return RetrievalHeadChecks.all();
    }
}
