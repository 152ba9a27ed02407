package org.layerzoo.nn.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;

class CausalLmTest {
    private static final int VOCAB = 11;

    private static CausalLmConfig config(Mixer mixer, boolean tied) {
        return new CausalLmConfig(
                VOCAB, 8, 2, 2, mixer, Channels.gelu(12), NormKind.LAYER, Positions.LEARNED, 16, tied);
    }

    private static Model model(Mixer mixer) {
        return Models.build("lm", new CausalLmProvider(), config(mixer, true), Mixers.catalogue());
    }

    private static Tensor tokens(int t) {
        return Draws.seeded(3).integers("tokens", 0, VOCAB, 2, t);
    }

    private static Tensor logits(Layer layer, Tensor tokens) {
        return layer.forward(Tensors.of("tokens", tokens), Call.eval()).get("y");
    }

    @Test
    void piecesOfAnySizeGiveTheSameLogitsAsTheWhole() {
        for (Mixer mixer : List.of(Mixer.attention(), new Mixer.Attention(Optional.of(1), Optional.of(10000.0)))) {
            Model m = model(mixer);
            Tensor tokens = tokens(9);
            Streaming lm = (Streaming) m.layer();
            State s = lm.open(Opening.of(2));
            Tensor a = lm.advance(Tensors.of("tokens", tokens.slice(1, 0, 4)), s, Call.eval())
                    .get("y");
            Tensor b = lm.advance(Tensors.of("tokens", tokens.slice(1, 4, 5)), s, Call.eval())
                    .get("y");
            Tensor c = lm.advance(Tensors.of("tokens", tokens.slice(1, 5, 9)), s, Call.eval())
                    .get("y");
            assertTrue(Errors.relative(Ops.concat(1, a, b, c), logits(m.layer(), tokens)) < 1e-5);
            assertEquals(9, s.position());
            assertTrue(s.usage().scoreEvaluations() > 0, "work of children is counted");
        }
    }

    @Test
    void aForkGoesItsOwnWay() {
        Model m = model(Mixer.attention());
        Streaming lm = (Streaming) m.layer();
        State s = lm.open(Opening.of(2));
        lm.advance(Tensors.of("tokens", tokens(4)), s, Call.eval());
        State fork = s.fork();
        Tensor one = lm.advance(Tensors.of("tokens", tokens(1)), s, Call.eval()).get("y");
        lm.advance(Tensors.of("tokens", tokens(3)), s, Call.eval());
        assertEquals(4, fork.position());
        Tensor again =
                lm.advance(Tensors.of("tokens", tokens(1)), fork, Call.eval()).get("y");
        assertArrayEquals(one.toDoubles(), again.toDoubles());
    }

    @Test
    void aLaterTokenDoesNotChangeEarlierLogits() {
        for (Mixer mixer : List.of(Mixer.attention(), Mixers.slot("running-sum"), Mixers.slot("head-softmax"))) {
            Model m = model(mixer);
            long[] ids = tokens(6).toLongs();
            Tensor before = logits(m.layer(), Tensor.of(ids, 2, 6));
            ids[5] = (ids[5] + 1) % VOCAB;
            Tensor after = logits(m.layer(), Tensor.of(ids, 2, 6));
            assertArrayEquals(
                    before.slice(1, 0, 5).toDoubles(), after.slice(1, 0, 5).toDoubles(), 1e-6);
            assertTrue(Errors.relative(after, before) > 1e-6);
        }
    }

    @Test
    void aHybridHasItsFirstMixerInTheFirstBlockAlone() {
        Mixer hybrid = new Mixer.Hybrid(
                new LayerRef("running-sum", Map.of()), new LayerRef("head-softmax", Map.of("causal", true)));
        Model m = Models.build(
                "lm",
                new CausalLmProvider(),
                new CausalLmConfig(VOCAB, 8, 2, 3, hybrid, Channels.gelu(12), NormKind.LAYER, Positions.NONE, 16, true),
                Mixers.catalogue());
        List<String> names = m.params().params().keySet().stream()
                .filter(n -> n.contains(".attn."))
                .toList();
        assertTrue(names.contains("block.0.attn.w.weight"), names.toString());
        assertTrue(names.contains("block.1.attn.q_proj.weight"), names.toString());
        assertTrue(names.contains("block.2.attn.q_proj.weight"), names.toString());
        assertFalse(names.contains("block.0.attn.q_proj.weight"), names.toString());
    }

    @Test
    void onlyAnUntiedHeadHasItsOwnWeight() {
        Model tied = model(Mixer.attention());
        Model untied =
                Models.build("lm", new CausalLmProvider(), config(Mixer.attention(), false), Models.Options.of(7));
        assertFalse(tied.params().params().containsKey("head.weight"));
        assertEquals(
                List.of(VOCAB, 8),
                List.of(
                        untied.params().param("head.weight").spec().shape().dim(0),
                        untied.params().param("head.weight").spec().shape().dim(1)));
        assertEquals(tied.params().count() + VOCAB * 8, untied.params().count());
        assertEquals(0.02, deviation(tied), 0.01, "the embeddings of a tied head begin small");
        assertEquals(1, deviation(untied), 0.5);
    }

    private static double deviation(Model m) {
        double[] e = m.params().param("embed.weight").value().toDoubles();
        return Math.sqrt(java.util.Arrays.stream(e).map(x -> x * x).average().orElseThrow());
    }

    @Test
    void anAttentionLayerIsReplacedByPath() {
        Model m = model(Mixer.attention());
        Layer silent = (in, call) -> Tensors.of("y", Ops.zerosLike(in.get("x")));
        Layer other = m.layer().with("block.1.attn", silent);
        assertEquals(
                List.of("block.0", "block.0.attn", "block.1", "block.1.attn"),
                List.copyOf(LayerTree.all(other).keySet()));
        assertEquals(silent, LayerTree.get(other, "block.1.attn"));
        assertNotEquals(silent, LayerTree.get(m.layer(), "block.1.attn"));
        assertTrue(Errors.relative(logits(other, tokens(5)), logits(m.layer(), tokens(5))) > 1e-3);
        ZooException e = assertThrows(ZooException.class, () -> m.layer().with("block.7.attn", silent));
        assertTrue(e.getMessage().contains("block.7.attn") && e.getMessage().contains("block.0.attn"), e.getMessage());
    }

    @Test
    void sitesOfABlockAreReadAndReplacedByTheirFullName() {
        Model m = model(Mixer.attention());
        Taps.Recorder seen = Taps.recording("block.1.attn.weights", "block.0.out");
        Tensor y = m.forward(Tensors.of("tokens", tokens(5)), Call.eval().with(seen))
                .get("y");
        assertEquals(
                java.util.Set.of("block.1.attn.weights", "block.0.out"),
                seen.seen().keySet());
        double[] rows = seen.seen().get("block.1.attn.weights").sum(-1).toDoubles();
        for (double r : rows) {
            assertEquals(1, r, 1e-5);
        }
        Taps silenced = Taps.replacing(Map.of("block.0.attn.heads", Ops::zerosLike));
        Tensor z = m.forward(Tensors.of("tokens", tokens(5)), Call.eval().with(silenced))
                .get("y");
        assertTrue(Errors.relative(z, y) > 1e-4);
        assertTrue(m.layer().sites().stream().anyMatch(s -> s.name().equals("block.1.attn.heads")));
    }

    @Test
    void aPluginIsSizedToTheHostUnlessTheReferenceSaysOtherwise() {
        Model m = model(Mixers.slot("running-sum"));
        assertEquals(8, m.params().param("block.0.attn.w.weight").spec().shape().dim(0));
        Model heads = model(Mixers.slot("head-softmax"));
        assertEquals(
                8,
                heads.params()
                        .param("block.1.attn.q_proj.weight")
                        .spec()
                        .shape()
                        .dim(0));
    }

    @Test
    void aMixerThatLooksAheadIsRefused() {
        ZooException e = assertThrows(ZooException.class, () -> model(Mixers.slot("token-mean")));
        assertTrue(e.getMessage().contains("token-mean") && e.getMessage().contains("looks ahead"), e.getMessage());
    }

    @Test
    void aMixerThatDoesNotStreamSaysSo() {
        Streaming lm = (Streaming) model(Mixers.slot("running-sum")).layer();
        ZooException e = assertThrows(ZooException.class, () -> lm.open(Opening.of(2)));
        assertTrue(e.getMessage().contains("does not stream"), e.getMessage());
    }

    @Test
    void aSequenceLongerThanTheLearnedPositionsIsRefused() {
        ZooException e = assertThrows(
                ZooException.class, () -> logits(model(Mixer.attention()).layer(), tokens(17)));
        assertTrue(e.getMessage().contains("16 learned positions"), e.getMessage());
    }
}
