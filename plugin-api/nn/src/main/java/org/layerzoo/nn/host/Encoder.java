package org.layerzoo.nn.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;

/**
 * Encoder of token sequences, tokens I64 [B, T] -> y [B, D]: embedding with positions, pre-norm blocks around any mixer,
 * norm, then the mean of the valid rows or the CLS row. Rows behind the length (input {@code lengths} I64 [B], else the
 * call's) change nothing: mixers that know lengths get them, others meet zeros there.
 *
 * <p>Children and sites as in {@link CausalLm}; site {@code pooled} [B D].
 */
public final class Encoder implements Layer {
    private static final String EMBED = "embed";
    private static final String POOLED = "pooled";

    private final Embedding embedding;
    private final Optional<Param> cls;
    private final List<Layer> blocks;
    private final Norm norm;

    private Encoder(Embedding embedding, Optional<Param> cls, List<Layer> blocks, Norm norm) {
        this.embedding = embedding;
        this.cls = cls;
        this.blocks = List.copyOf(blocks);
        this.norm = norm;
    }

    public static Encoder of(EncoderConfig c, Build b) {
        Embedding e = Embedding.of(b.params(), c.vocab(), c.dim(), Embedding.SMALL, c.positions(), c.rows());
        Optional<Param> cls = c.pool() == EncoderConfig.Pool.CLS
                ? Optional.of(b.params().weight("cls", Shape.of(c.dim()), Init.normal(0.02), new Param.Attr.NoDecay()))
                : Optional.empty();
        List<Layer> blocks = new ArrayList<>();
        for (int l = 0; l < c.depth(); l++) {
            TransformerBlock block = TransformerBlock.of(b.at(CausalLm.path(l)).at(l, c.depth()), c.stem(), false);
            if (cls.isPresent() && block.mixer().causal()) {
                throw ZooException.unsupported(
                        "pool cls needs a mixer that looks both ways: a causal one shows the first row nothing; take"
                                + " pool mean");
            }
            blocks.add(block);
        }
        return new Encoder(e, cls, blocks, c.norm().build(b.params(), "norm", c.dim()));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.refusePacked(call, "the encoder");
        Tensor ids = in.get("tokens");
        Optional<Tensor> lengths = in.find("lengths").or(() -> call.seqs().lengths());
        Tensor x = embedding.look(ids);
        if (cls.isPresent()) {
            Tensor row = cls.get().value().reshape(1, 1, -1).expand(ids.dim(0), 1, x.dim(2));
            x = Ops.concat(1, row, x);
            lengths = lengths.map(n -> n.add(1));
        }
        x = call.taps().at(EMBED, embedding.place(x, Sequences.positions(call, 0, x.dim(1))));
        Call inner = lengths.isPresent() ? call.with(Seqs.padded(lengths.get())) : call;
        for (int l = 0; l < blocks.size(); l++) {
            x = blocks.get(l)
                    .forward(Tensors.of("x", x), inner.under(CausalLm.path(l)))
                    .get("y");
        }
        return Tensors.of("y", call.taps().at(POOLED, pool(norm.apply(x), inner)));
    }

    private Tensor pool(Tensor x, Call call) {
        if (cls.isPresent()) {
            return x.select(1, 0);
        }
        Tensor sum = Sequences.zeroPads(x, call.seqs()).sum(1);
        return call.seqs()
                .lengths()
                .map(n -> sum.div(n.cast(x.dtype()).unsqueeze(-1)))
                .orElseGet(() -> sum.div(x.dim(1)));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks, CausalLm::path);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return LayerTree.with(this, path, replacement, other -> new Encoder(embedding, cls, other, norm));
    }

    @Override
    public List<Site> sites() {
        List<Site> out = new ArrayList<>(List.of(new Site(EMBED, "B T D")));
        out.addAll(LayerTree.sites(this));
        out.add(new Site(POOLED, "B D"));
        return out;
    }
}
