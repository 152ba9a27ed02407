package org.layerzoo.plugins.retrievalhead.check;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.sequence.Haystack;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Channels;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.NormKind;
import org.layerzoo.nn.host.Positions;
import org.layerzoo.nn.host.WatchedDecoding.Head;
import org.layerzoo.plugins.retrievalhead.RetrievalHeadConfig;
import org.layerzoo.plugins.retrievalhead.RetrievalHeadProbe;
import org.layerzoo.plugins.retrievalhead.RetrievalHeadProvider;
import org.layerzoo.plugins.retrievalhead.RetrievalScore;

/** The Checks of the retrieval-head sheet. */
public final class RetrievalHeadChecks {
    private RetrievalHeadChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: a copying head scores 1, a uniform one 0", RetrievalHeadChecks::extremes),
                new Check("check-2: scores lie in [0, 1] and ignore the scale of logits", RetrievalHeadChecks::range),
                new Check("check-3: worked example", RetrievalHeadChecks::worked),
                new Check("check-4: masking all heads removes the attention branch", RetrievalHeadChecks::maskedLayer),
                new Check("check-5: two evaluations agree", RetrievalHeadChecks::determinism),
                new Check("check-6: wrong answers contribute nothing", RetrievalHeadChecks::wrongAnswers),
                new Check("check-7: random heads are not retrieval heads", RetrievalHeadChecks::randomHeads));
    }

    /** One head's rows [steps, 1, 1, n] that point at the given positions. */
    private static Tensor pointing(int n, int... positions) {
        double[] a = new double[positions.length * n];
        for (int s = 0; s < positions.length; s++) {
            Arrays.fill(a, s * n, (s + 1) * n, 0.1 / n);
            a[s * n + positions[s]] += 0.9;
        }
        return Tensor.of(DType.F32, a, positions.length, 1, 1, n);
    }

    private static double score(Haystack h, Tensor attention, long[] words, boolean repeats) {
        return RetrievalScore.of(
                        h.prompt().select(0, 0),
                        attention,
                        Tensor.of(words, words.length),
                        h.from(),
                        h.to(),
                        OptionalLong.empty(),
                        repeats)
                .score()[0][0];
    }

    private static void extremes(CheckContext c) {
        Haystack h = Haystack.draw(c.draws(), 40, 0.5, 5, 32);
        int[] needle = {h.from(), h.from() + 1, h.from() + 2, h.from() + 3, h.from() + 4};
        c.equal("copying head", score(h, pointing(40, needle), h.needle(), false), 1.0);
        c.equal("uniform head", score(h, Tensor.full(DType.F32, 1.0 / 40, 5, 1, 1, 40), h.needle(), false), 0.0);
    }

    private static void range(CheckContext c) {
        for (int i = 0; i < 20; i++) {
            Haystack h = Haystack.draw(c.draws().at("r" + i), 30, 0.5, 4, 16);
            Tensor logits = c.normal("l" + i, 4, 1, 1, 30);
            double s = score(h, logits, h.needle(), false);
            c.isTrue("score " + s + " lies in [0, 1]", s >= 0 && s <= 1);
            c.equal("with logits times 3", score(h, logits.mul(3), h.needle(), false), s);
        }
    }

    /** A needle of 5 tokens of which the head copies the second, third, third and fifth. */
    private static void worked(CheckContext c) {
        long[] tokens = {1, 2, 0, 11, 12, 13, 14, 15, 3, 0};
        Haystack h = new Haystack(tokens, 3, 8);
        Tensor rows = pointing(10, 4, 5, 5, 7);
        c.close("distinct", score(h, rows, new long[] {12, 13, 13, 15}, false), 0.6, 1e-12);
        c.close("countRepeats", score(h, rows, new long[] {12, 13, 13, 15}, true), 0.8, 1e-12);
        c.close("a token that was not generated", score(h, rows, new long[] {12, 13, 13, 14}, false), 0.4, 1e-12);
    }

    private static Model model(long seed) {
        CausalLmConfig config = new CausalLmConfig(
                16, 16, 2, 2, Mixer.rotary(), Channels.gelu(32), NormKind.LAYER, Positions.LEARNED, 32, true);
        return Models.build("lm", new CausalLmProvider(config), config, Models.Options.of(seed));
    }

    private static void maskedLayer(CheckContext c) {
        Model m = model(3);
        m.params().params().values().stream()
                .filter(p -> p.path().endsWith("o_proj.bias"))
                .forEach((Param p) -> p.set(Tensor.zeros(p.spec())));
        Tensors x = Tensors.of("tokens", c.draws().integers("x", 0, 16, 2, 12));
        Map<String, UnaryOperator<Tensor>> silent = Map.of("block.1.attn.heads", z -> z.mul(0));
        Tensor masked = m.forward(x, Call.eval().with(Taps.replacing(silent))).get("y");
        Layer nothing = (in, call) -> Tensors.of("y", Ops.zerosLike(in.get("x")));
        Tensor removed = LayerTree.replace(m.layer(), "block.1.attn", nothing)
                .forward(x, Call.eval())
                .get("y");
        c.close("logits", masked, removed, 1e-6);
        c.isTrue(
                "the branch mattered",
                org.layerzoo.core.op.Errors.relative(m.forward(x, Call.eval()).get("y"), removed) > 1e-3);
    }

    private static RetrievalHeadConfig tiny() {
        return new RetrievalHeadProvider().defaults(Size.TINY);
    }

    private static void determinism(CheckContext c) {
        RetrievalHeadProbe p = new RetrievalHeadProbe(tiny(), model(5), 16, RunContext.quiet(5));
        RetrievalHeadProbe.Scores a = p.scores();
        RetrievalHeadProbe.Scores b = p.scores();
        c.isTrue("scores", Arrays.deepEquals(a.mean(), b.mean()));
        c.equal("runs that count", a.counted(), b.counted());
        c.equal("runs", a.runs(), 4);
    }

    /** An untrained model answers wrong, so nothing counts, whatever its heads look at. */
    private static void wrongAnswers(CheckContext c) {
        RetrievalHeadProbe.Scores s = new RetrievalHeadProbe(tiny(), model(6), 16, RunContext.quiet(6)).scores();
        c.equal("runs that count", s.counted(), 0);
        c.equal(
                "sum of scores",
                Arrays.stream(s.mean()).flatMapToDouble(Arrays::stream).sum(),
                0.0);
        Haystack h = new Haystack(new long[] {1, 0, 9, 10, 11, 0}, 2, 5);
        c.close("recall of a half answer", h.recall(new long[] {11, 3, 9}), 2 / 3.0, 1e-12);
        c.close("recall counts a token once", h.recall(new long[] {9, 9, 9}), 1 / 3.0, 1e-12);
    }

    private static void randomHeads(CheckContext c) {
        for (int seed = 0; seed < 20; seed++) {
            double[][] mean = new double[4][];
            for (int l = 0; l < 4; l++) {
                mean[l] =
                        c.draws().step(seed).uniform("layer." + l, DType.F64, 4).toDoubles();
            }
            List<Head> ranked = RetrievalHeadProbe.ranked(new RetrievalHeadProbe.Scores(mean, mean, 1, 1));
            Set<Head> random = RetrievalHeadProbe.random(ranked, 3, 3, c.draws().step(seed));
            c.equal("random heads", random.size(), 3);
            c.isTrue("no overlap", ranked.subList(0, 3).stream().noneMatch(random::contains));
        }
    }
}
