package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;

/** Mixers as plugins would bring them, and a catalogue of them. */
final class Mixers {
    private Mixers() {}

    static Models.Options catalogue() {
        return Models.Options.of(7).with(ref -> switch (ref.id()) {
            case "running-sum" -> Choice.of(new RunningSum(), ref);
            case "token-mean" -> Choice.of(new TokenMean(), ref);
            case "square-mean" -> Choice.of(new SquareMean(), ref);
            case "head-softmax" -> Choice.of(new HeadSoftmax(), ref);
            default -> throw new AssertionError("the test has no plugin " + ref.id());
        });
    }

    static Mixer slot(String id) {
        return new Mixer.Slot(new LayerRef(id, Map.of()));
    }

    /** Options of the mixers. */
    record Width(@Role(Role.Kind.DIM) int width) {}

    /** Options of the mixer on heads. */
    record Shape(
            @Role(Role.Kind.DIM) int width,
            @Role(Role.Kind.HEADS) int heads,
            boolean causal) {}

    /** y_t = W sum_{s <= t} x_s; knows no lengths. */
    static final class RunningSum implements LayerProvider<Width> {
        @Override
        public Class<Width> config() {
            return Width.class;
        }

        @Override
        public Width defaults(Size size) {
            return new Width(3);
        }

        @Override
        public Signature signature(Width c) {
            return Signature.mixer(
                    Contract.causalStreaming().with(Contract.StreamLaw.NONE), EnumSet.of(Mode.SELF_CAUSAL));
        }

        @Override
        public Layer build(Width c, Build build) {
            Linear w = Linear.of(build.params(), "w", c.width(), c.width(), true);
            return (in, call) -> Tensors.of("y", w.apply(Ops.cumsum(in.get("x"), 1)));
        }
    }

    /** y_t = mean of all x, pads included; looks ahead and knows no lengths. */
    static final class TokenMean implements LayerProvider<Width> {
        @Override
        public Class<Width> config() {
            return Width.class;
        }

        @Override
        public Width defaults(Size size) {
            return new Width(3);
        }

        @Override
        public Signature signature(Width c) {
            return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
        }

        @Override
        public Layer build(Width c, Build build) {
            Linear w = Linear.of(build.params(), "w", c.width(), c.width(), true);
            return (in, call) -> Tensors.of(
                    "y",
                    w.apply(in.get("x").meanKeep(1).expand(in.get("x").shape().dims())));
        }
    }

    /** Options of the mixer on a map. */
    record Square(@Role(Role.Kind.DIM) int width, int height) {}

    /** y = W x plus the mean of the row of a square map; takes the tokens of that map only. */
    static final class SquareMean implements LayerProvider<Square> {
        @Override
        public Class<Square> config() {
            return Square.class;
        }

        @Override
        public Square defaults(Size size) {
            return new Square(3, 5);
        }

        @Override
        public Square atLength(Square c, int length) {
            return new Square(c.width(), (int) Math.sqrt(length));
        }

        @Override
        public Signature signature(Square c) {
            Contract fixed = Contract.bidirectional().withFixedLength(c.height() * c.height());
            return Signature.mixer(fixed, EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D));
        }

        @Override
        public Layer build(Square c, Build build) {
            Linear w = Linear.of(build.params(), "w", c.width(), c.width(), true);
            return (in, call) -> {
                Tensor x = in.get("x");
                Tensor map = x.reshape(x.dim(0), c.height(), c.height(), x.dim(2));
                Tensor rows = map.meanKeep(2).expand(map.shape().dims());
                return Tensors.of("y", w.apply(x).add(rows.reshape(x.shape())));
            };
        }
    }

    /** Attention of q, k, v [B, T, H, d]. */
    static final class HeadSoftmax implements LayerProvider<Shape> {
        @Override
        public Class<Shape> config() {
            return Shape.class;
        }

        @Override
        public Shape defaults(Size size) {
            return new Shape(6, 3, false);
        }

        @Override
        public Signature signature(Shape c) {
            return new Signature(
                    List.of(
                            Port.in("q", "B T H d", "queries"),
                            Port.in("k", "B T H d", "keys"),
                            Port.in("v", "B T H d", "values")),
                    List.of(Port.out("o", "B T H d", "mixed")),
                    List.of(),
                    EnumSet.of(Mode.SELF_CAUSAL),
                    c.causal() ? Contract.causalStreaming() : Contract.bidirectional());
        }

        @Override
        public Layer build(Shape c, Build build) {
            return (Tensors in, Call call) -> {
                Tensor q = in.get("q").permute(0, 2, 1, 3);
                Tensor k = in.get("k").permute(0, 2, 1, 3);
                Tensor v = in.get("v").permute(0, 2, 1, 3);
                Tensor o = c.causal() ? Fused.attendCausal(q, k, v) : Fused.attend(q, k, v);
                return Tensors.of("o", o.permute(0, 2, 1, 3));
            };
        }
    }
}
