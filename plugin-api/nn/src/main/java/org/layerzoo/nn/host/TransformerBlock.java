package org.layerzoo.nn.host;

import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;

/**
 * Pre-norm block, x [B, T, D] -> y [B, T, D]: x = x + mixer(norm1(x)); y = x + mlp(norm2(x)). A mixer that owns its
 * residual takes x and gives the new x.
 *
 * <p>Children: {@code attn} (the mixer, whatever it is). Sites: those of the mixer under its own names
 * ("attn.weights"), and {@code out} [B T D]. Parameters norm1, attn, norm2, mlp.
 */
public final class TransformerBlock implements Streaming {
    /** Path of the mixer. */
    public static final String MIXER = "attn";

    private static final String OUT = "out";

    private final Norm norm1;
    private final MixerUnit mixer;
    private final Norm norm2;
    private final Mlp mlp;

    private TransformerBlock(Norm norm1, MixerUnit mixer, Norm norm2, Mlp mlp) {
        this.norm1 = norm1;
        this.mixer = mixer;
        this.norm2 = norm2;
        this.mlp = mlp;
    }

    static TransformerBlock of(Build b, Stem stem, boolean causal) {
        return new TransformerBlock(
                stem.norm().build(b.params(), "norm1", stem.dim()),
                MixerUnit.of(b.at(MIXER), stem, causal),
                stem.norm().build(b.params(), "norm2", stem.dim()),
                stem.channels().build(b.params().at("mlp"), stem.dim()));
    }

    MixerUnit mixer() {
        return mixer;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        if (mixer.ownsResidual()) {
            return finish(mixer.forward(x, call), call);
        }
        // Pads carry what biases made of them: a mixer that knows no lengths must meet zeros there.
        Tensor h = norm1.apply(x);
        return finish(x.add(mixer.forward(mixer.varlen() ? h : Sequences.zeroPads(h, call.seqs()), call)), call);
    }

    private Tensors finish(Tensor x, Call call) {
        return Tensors.of("y", call.taps().at(OUT, x.add(mlp.apply(norm2.apply(x)))));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with(MIXER, streaming().open(o));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        Tensor h = mixer.ownsResidual() ? x : norm1.apply(x);
        Tensor y = streaming().advance(Tensors.of("x", h), s.under(MIXER), call).get("y");
        s.advance(x.dim(1));
        return finish(mixer.ownsResidual() ? y : x.add(y), call);
    }

    private Streaming streaming() {
        if (mixer.layer() instanceof Streaming s) {
            return s;
        }
        throw ZooException.unsupported(
                "the block's mixer " + mixer.layer().getClass().getSimpleName() + " does not stream");
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(MIXER, mixer.layer());
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return path.equals(MIXER)
                ? new TransformerBlock(norm1, mixer.with(replacement), norm2, mlp)
                : LayerTree.replace(this, path, replacement);
    }

    @Override
    public List<Site> sites() {
        return Stream.concat(mixer.layer().sites().stream(), Stream.of(new Site(OUT, "B T D")))
                .toList();
    }

    /** A call without lengths, for mixers that do not declare varlen. */
    static Call whole(Call call) {
        return call.seqs().lengths().isPresent() ? call.with(withoutLengths((Seqs.Dense) call.seqs())) : call;
    }

    private static Seqs withoutLengths(Seqs.Dense d) {
        return new Seqs.Dense(java.util.Optional.empty(), d.positions(), d.segmentIds(), d.grid(), d.prefix());
    }
}
