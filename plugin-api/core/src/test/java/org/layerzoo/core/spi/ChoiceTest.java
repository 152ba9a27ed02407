package org.layerzoo.core.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.layer.Layer;

class ChoiceTest {
    /** Sizes in a record of their own. */
    record Sizes(
            @Role(Role.Kind.DIM) int width,
            @Role(Role.Kind.HEADS) int heads) {
        Sizes {
            if (width % heads != 0) {
                throw new IllegalArgumentException("width " + width + " does not divide into " + heads + " heads");
            }
        }
    }

    /** Options of the provider. */
    record Options(Sizes sizes, boolean causal, int window) {}

    private static final class Mixer implements LayerProvider<Options> {
        @Override
        public Class<Options> config() {
            return Options.class;
        }

        @Override
        public Options defaults(Size size) {
            return new Options(new Sizes(9, 3), true, 7);
        }

        @Override
        public Signature signature(Options c) {
            return Signature.mixer(
                    c.causal() ? Contract.causalStreaming() : Contract.bidirectional(), EnumSet.of(Mode.SELF_CAUSAL));
        }

        @Override
        public Layer build(Options c, Build build) {
            return (in, call) -> in;
        }
    }

    private static Options sized(Map<String, Object> options) {
        Choice<Options> c = Choice.of(new Mixer(), new LayerRef("mixer", options));
        return c.preferring(Map.of(Role.Kind.DIM, 8, Role.Kind.HEADS, 4), Map.of("causal", false, "noSuchOption", 1))
                .config();
    }

    @Test
    void aHostSizesALayerByRoleAndLeavesTheRest() {
        assertEquals(new Options(new Sizes(8, 4), false, 7), sized(Map.of()));
        Choice<Options> c = Choice.of(new Mixer(), LayerRef.of("mixer"));
        assertEquals(Contract.Causality.EXACT, c.signature().contract().causality());
        assertEquals(
                Contract.Causality.NONE,
                c.preferring(Map.of(), Map.of("causal", false))
                        .signature()
                        .contract()
                        .causality());
    }

    @Test
    void whatTheReferenceNamesWins() {
        assertEquals(
                new Options(new Sizes(8, 2), true, 5),
                sized(Map.of("sizes", Map.of("heads", 2), "causal", true, "window", 5)));
    }

    @Test
    void sizesThatDoNotFitTogetherAreRefused() {
        ZooException e = assertThrows(ZooException.class, () -> sized(Map.of("sizes", Map.of("heads", 3))));
        assertTrue(e.getMessage().contains("width 8 does not divide into 3 heads"), e.getMessage());
    }
}
