package org.layerzoo.nn.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;

/**
 * Causal language model, tokens I64 [B, T] -> y [B, T, V] (logits of the next token): embedding, pre-norm blocks around
 * any causal mixer, norm, head (the embedding transposed when tied).
 *
 * <p>Children: {@code block.<l>}, each with its mixer as {@code attn}; {@code with("block.2.attn", layer)} replaces one.
 * Sites: {@code embed} [B T D], {@code block.<l>.out} [B T D], those of the mixers as {@code block.<l>.<site>},
 * {@code logits} [B T V]. Streams when its mixers do.
 */
public final class CausalLm implements Streaming {
    private static final String EMBED = "embed";
    private static final String LOGITS = "logits";

    private final Embedding embedding;
    private final List<Layer> blocks;
    private final Norm norm;
    private final Optional<Param> head;

    private CausalLm(Embedding embedding, List<Layer> blocks, Norm norm, Optional<Param> head) {
        this.embedding = embedding;
        this.blocks = List.copyOf(blocks);
        this.norm = norm;
        this.head = head;
    }

    public static CausalLm of(CausalLmConfig c, Build b) {
        return of(c, b, true);
    }

    /** @param causal false for mixers that may look ahead */
    static CausalLm of(CausalLmConfig c, Build b, boolean causal) {
        Embedding e = Embedding.of(
                b.params(), c.vocab(), c.dim(), c.tied() ? Embedding.SMALL : Embedding.UNIT, c.positions(), c.length());
        List<Layer> blocks = new ArrayList<>();
        for (int l = 0; l < c.depth(); l++) {
            blocks.add(TransformerBlock.of(b.at(path(l)).at(l, c.depth()), c.stem(), causal));
        }
        Norm norm = c.norm().build(b.params(), "norm", c.dim());
        Optional<Param> head = c.tied()
                ? Optional.empty()
                : Optional.of(b.params().weight("head.weight", Shape.of(c.vocab(), c.dim()), Init.normal(0.02)));
        return new CausalLm(e, blocks, norm, head);
    }

    static String path(int block) {
        return "block." + block;
    }

    public int depth() {
        return blocks.size();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.refusePacked(call, "the causal language model");
        Tensor ids = in.get("tokens");
        Tensor x = start(ids, Sequences.positions(call, 0, ids.dim(1)), call);
        for (int l = 0; l < blocks.size(); l++) {
            x = blocks.get(l).forward(Tensors.of("x", x), call.under(path(l))).get("y");
        }
        return finish(x, call);
    }

    private Tensor start(Tensor ids, Tensor positions, Call call) {
        return call.taps().at(EMBED, embedding.place(embedding.look(ids), positions));
    }

    private Tensors finish(Tensor x, Call call) {
        Tensor logits =
                Fused.linear(norm.apply(x), head.orElse(embedding.tokens()).value());
        return Tensors.of("y", call.taps().at(LOGITS, logits));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        for (int l = 0; l < blocks.size(); l++) {
            s.with(path(l), streaming(l).open(o));
        }
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor ids = in.get("tokens");
        Tensor x = start(ids, Sequences.positions(call, s.position(), ids.dim(1)), call);
        for (int l = 0; l < blocks.size(); l++) {
            x = streaming(l)
                    .advance(Tensors.of("x", x), s.under(path(l)), call.under(path(l)))
                    .get("y");
        }
        s.advance(ids.dim(1));
        return finish(x, call);
    }

    private Streaming streaming(int l) {
        if (blocks.get(l) instanceof Streaming s) {
            return s;
        }
        throw org.layerzoo.core.ZooException.unsupported(path(l) + " does not stream");
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks, CausalLm::path);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return LayerTree.with(this, path, replacement, other -> new CausalLm(embedding, other, norm, head));
    }

    @Override
    public List<Site> sites() {
        List<Site> out = new ArrayList<>(List.of(new Site(EMBED, "B T D")));
        out.addAll(LayerTree.sites(this));
        out.add(new Site(LOGITS, "B T V"));
        return out;
    }
}
