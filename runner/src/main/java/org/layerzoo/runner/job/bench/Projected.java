package org.layerzoo.runner.job.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;

/**
 * A mixer of heads between standard projections without bias: x [B, T, D] -> q, k, v [B, H, T, d] -> mixer -> W_o, so that it
 * can stand beside layers that project themselves.
 */
record Projected<C extends Record>(LayerProvider<C> inner) implements LayerProvider<C> {
    private static final int AXES = 4;

    @Override
    public Class<C> config() {
        return inner.config();
    }

    @Override
    public C defaults(Size size) {
        return inner.defaults(size);
    }

    @Override
    public Signature signature(C c) {
        Signature s = inner.signature(c);
        return Signature.mixer(s.contract(), s.modes(), s.state().toArray(StateSpec[]::new));
    }

    @Override
    public int axisSize(C c, String axis) {
        return axis.equals("D") ? width(c, port(inner.signature(c), "q")) : inner.axisSize(c, axis);
    }

    @Override
    public C atLength(C c, int length) {
        return inner.atLength(c, length);
    }

    private int width(C c, Port p) {
        return heads(c, p) * inner.axisSize(c, p.axisNames()[3]);
    }

    private int heads(C c, Port p) {
        return inner.axisSize(c, p.axisNames()[1]);
    }

    private static Port port(Signature s, String name) {
        Port p = s.input(name).orElseThrow();
        if (p.axisNames().length != AXES || p.tokenAxis() != 2) {
            throw ZooException.unsupported(
                    "input '" + name + "' [" + p.axes() + "] has no standard projection: use --unit core");
        }
        return p;
    }

    @Override
    public Layer build(C c, Build build) {
        Signature s = inner.signature(c);
        List<String> others = s.in().stream()
                .filter(p ->
                        p.role() == PortRole.REQUIRED && !List.of("q", "k", "v").contains(p.name()))
                .map(Port::name)
                .toList();
        if (!others.isEmpty()) {
            throw ZooException.unsupported("inputs " + others + " have no standard projection: use --unit core");
        }
        int dim = width(c, port(s, "q"));
        Map<String, Part> parts = new LinkedHashMap<>();
        for (String name : List.of("q", "k", "v")) {
            Port p = port(s, name);
            parts.put(name, new Part(Linear.of(build.params(), name + "_proj", dim, width(c, p), false), heads(c, p)));
        }
        Port out =
                s.tokenOutput().orElseThrow(() -> ZooException.unsupported("the mixer has no output along the tokens"));
        int back = heads(c, port(s, "q")) * inner.axisSize(c, out.axisNames()[3]);
        Linear o = Linear.of(build.params(), "o_proj", back, dim, false);
        return new Mixer(parts, inner.build(c, build.at("mixer")), o, out.name());
    }

    private record Part(Linear linear, int heads) {
        Tensor of(Tensor x) {
            return Heads.split(linear.apply(x), heads);
        }
    }

    private record Mixer(Map<String, Part> parts, Layer mixer, Linear out, String output) implements Streaming {
        private Tensors heads(Tensors in) {
            Tensors qkv = Tensors.empty();
            for (var e : parts.entrySet()) {
                qkv = qkv.with(e.getKey(), e.getValue().of(in.get("x")));
            }
            return qkv;
        }

        private Tensors projected(Tensors mixed) {
            return Tensors.of("y", out.apply(Heads.merge(mixed.get(output))));
        }

        @Override
        public Tensors forward(Tensors in, Call call) {
            return projected(mixer.forward(heads(in), call));
        }

        @Override
        public State open(Opening opening) {
            return streaming().open(opening);
        }

        @Override
        public Tensors advance(Tensors in, State state, Call call) {
            return projected(streaming().advance(heads(in), state, call));
        }

        private Streaming streaming() {
            if (mixer instanceof Streaming s) {
                return s;
            }
            throw ZooException.unsupported("the mixer does not stream");
        }
    }
}
