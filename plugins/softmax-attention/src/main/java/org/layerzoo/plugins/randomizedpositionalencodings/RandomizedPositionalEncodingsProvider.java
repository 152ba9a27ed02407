package org.layerzoo.plugins.randomizedpositionalencodings;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig.Encoding;
import org.layerzoo.plugins.randomizedpositionalencodings.check.RandomizedPositionalEncodingsChecks;
import org.pf4j.Extension;

/** Randomized positional encodings: positions of a long sequence, drawn in order for a short one. */
@Extension
public final class RandomizedPositionalEncodingsProvider implements LayerProvider<RandomizedPositionalEncodingsConfig> {
    @Override
    public Class<RandomizedPositionalEncodingsConfig> config() {
        return RandomizedPositionalEncodingsConfig.class;
    }

    @Override
    public RandomizedPositionalEncodingsConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 64, new Encoding.Sincos());
            case TEST -> of(64, 8, 2048, new Encoding.Sincos());
            case PAPER -> of(64, 8, 2048, new Encoding.Relative(false));
        };
    }

    private static RandomizedPositionalEncodingsConfig of(int dim, int heads, int maxLength, Encoding e) {
        return new RandomizedPositionalEncodingsConfig(
                dim, heads, maxLength, true, 1e4, e, new RandomizedPositionalEncodingsConfig.Released(false));
    }

    @Override
    public Signature signature(RandomizedPositionalEncodingsConfig c) {
        return switch (c.encoding()) {
            case Encoding.Sincos e -> absolute();
            case Encoding.Learned e -> absolute();
            case Encoding.Rotary e -> rotary();
            case Encoding.Relative e -> distances();
            case Encoding.Alibi e -> distances();
        };
    }

    private static final Set<Mode> EVERY = EnumSet.of(Mode.SELF_NONCAUSAL, Mode.SELF_CAUSAL, Mode.VARLEN);
    private static final Port POSITIONS =
            Port.aux("positions", "B T", "the positions used").as(DType.I64);

    private static Signature absolute() {
        Contract contract =
                Contract.bidirectional().with(Contract.Causality.EXACT).owningResidual();
        return Signature.mixer(contract, EVERY).giving(POSITIONS);
    }

    private static Signature rotary() {
        return new Signature(
                List.of(Port.in("q", "B H T d", "queries"), Port.in("k", "B H T d", "keys")),
                List.of(Port.out("q", "B H T d", "turned queries"), Port.out("k", "B H T d", "turned keys"), POSITIONS),
                List.of(),
                EVERY,
                Contract.bidirectional().with(Contract.Causality.EXACT));
    }

    private static Signature distances() {
        return new Signature(
                List.of(Port.in("q", "B H T d", "queries"), Port.in("k", "B H T d", "keys")),
                List.of(
                        Port.out("scores", "B H T S", "scaled scores before mask and softmax"),
                        Port.aux("offsets", "R", "what the 2 T - 1 offsets of key to query became")
                                .as(DType.F64)),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL, Mode.SELF_CAUSAL),
                Contract.bidirectional());
    }

    @Override
    public Layer build(RandomizedPositionalEncodingsConfig c, Build build) {
        return switch (c.encoding()) {
            case Encoding.Sincos e -> new AbsoluteLayer(c, build.params());
            case Encoding.Learned e -> new AbsoluteLayer(c, build.params());
            case Encoding.Rotary e -> new RotaryLayer(c);
            case Encoding.Relative e -> new DistanceLayer(c, build.params());
            case Encoding.Alibi e -> new DistanceLayer(c, build.params());
        };
    }

    @Override
    public List<GoldenFunction> golden() {
        return new RandomizedPositionalEncodingsGolden(this).all();
    }

    @Override
    public List<Check> checks() {
        return RandomizedPositionalEncodingsChecks.all();
    }
}
