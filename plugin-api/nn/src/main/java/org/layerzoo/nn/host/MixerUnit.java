package org.layerzoo.nn.host;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;

/** A mixer as a block uses it: port x to port y, with what its signature says about lengths, residual and causality. */
record MixerUnit(Layer layer, boolean varlen, boolean ownsResidual, boolean causal) {
    static MixerUnit of(Build b, Stem stem, boolean causal) {
        return switch (stem.mixer()) {
            case Mixer.Attention a -> attention(b, stem, a, causal);
            case Mixer.Slot s -> plugin(b, stem, b.choose(s.layer()), causal);
            case Mixer.Hybrid h -> plugin(b, stem, b.choose(b.layer() == 0 ? h.first() : h.rest()), causal);
        };
    }

    private static MixerUnit attention(Build b, Stem stem, Mixer.Attention a, boolean causal) {
        int kv = a.kvHeads().orElse(stem.heads());
        var o = new SelfAttention.Options(
                stem.dim(), stem.heads(), kv, causal, true, a.ropeBase().map(Rope::halves));
        return new MixerUnit(new SelfAttention(b.params(), o), true, false, causal);
    }

    private static <C extends Record> MixerUnit plugin(Build b, Stem stem, Choice<C> found, boolean causal) {
        Map<Role.Kind, Integer> roles = new EnumMap<>(Role.Kind.class);
        roles.put(Role.Kind.DIM, stem.dim());
        roles.put(Role.Kind.HEADS, stem.heads());
        stem.length().ifPresent(n -> roles.put(Role.Kind.LENGTH, n));
        Choice<C> sized = found.preferring(roles, Map.of("causal", causal));
        Choice<C> c = stem.length().isPresent() ? fitting(sized, stem.length().getAsInt()) : sized;
        Signature s = c.signature();
        boolean looksBack = s.contract().causality() != Contract.Causality.NONE;
        if (causal && !looksBack) {
            throw ZooException.unsupported(
                    "'" + c.ref().id() + "' looks ahead: a causal language model needs a causal mixer");
        }
        return new MixerUnit(
                adapt(b, c, stem.dim()),
                s.modes().contains(Mode.VARLEN),
                s.contract().ownsResidual(),
                looksBack);
    }

    /** A layer that takes one length only, as on a map, at this one. */
    private static <C extends Record> Choice<C> fitting(Choice<C> c, int length) {
        OptionalInt fixed = c.signature().contract().fixedLength();
        return fixed.isEmpty() || fixed.getAsInt() == length
                ? c
                : new Choice<>(
                        c.ref(), c.provider(), Configs.toJson(c.provider().atLength(c.config(), length)));
    }

    private static <C extends Record> Layer adapt(Build b, Choice<C> c, int dim) {
        List<Port> in = c.signature().in().stream()
                .filter(p -> p.role() == PortRole.REQUIRED)
                .toList();
        Optional<Port> out = c.signature().tokenOutput();
        List<String> names = in.stream().map(Port::name).toList();
        if (out.isPresent()
                && names.equals(List.of("x"))
                && tokens(in.getFirst())
                && tokens(out.get())
                && out.get().name().equals("y")) {
            return c.build(b);
        }
        if (out.isPresent() && names.equals(List.of("q", "k", "v"))) {
            return new ProjectedMixer(c, b, dim);
        }
        throw ZooException.unsupported(
                "'" + c.ref().id() + "' is no token mixer of x [B T D] or of q, k, v: its inputs are " + in);
    }

    private static boolean tokens(Port p) {
        return p.axisNames().length == 3 && p.tokenAxis() == 1;
    }

    MixerUnit with(Layer other) {
        return new MixerUnit(other, varlen, ownsResidual, causal);
    }

    Tensor forward(Tensor x, Call call) {
        return layer.forward(Tensors.of("x", x), varlen ? call : TransformerBlock.whole(call))
                .get("y");
    }
}
