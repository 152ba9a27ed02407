package org.layerzoo.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;

class DeclaredModesTest {
    /** A switch, and forms of which one needs a number. */
    record Switched(boolean causal, Form form) {}

    sealed interface Form {
        record Line() implements Form {}

        record Grid(@Range(min = 2) int height, int width) implements Form {
            public Grid {
                if (height < 2) {
                    throw new IllegalArgumentException("a grid has 2 rows or more, given " + height);
                }
            }
        }
    }

    /** Causal on a line, 2d on a grid. */
    private static final class Mixer implements LayerProvider<Switched> {
        @Override
        public Class<Switched> config() {
            return Switched.class;
        }

        @Override
        public Switched defaults(Size size) {
            return new Switched(true, new Form.Line());
        }

        @Override
        public Signature signature(Switched c) {
            Mode along = c.causal() ? Mode.SELF_CAUSAL : Mode.SELF_NONCAUSAL;
            return Signature.mixer(
                    Contract.bidirectional(),
                    c.form() instanceof Form.Grid ? EnumSet.of(along, Mode.TWO_D) : EnumSet.of(along));
        }

        @Override
        public Layer build(Switched c, Build build) {
            throw new AssertionError("what a layer can do is told without building it");
        }
    }

    private static PaperCard card(String modes) {
        return new PaperCard(
                "T",
                List.of("A"),
                2024,
                "",
                List.of(),
                "",
                PaperCard.Fidelity.PAPER,
                "f",
                "mixer",
                List.of(modes.split(", ")),
                "S",
                "M",
                new PaperCard.Complexity("T", "T", "T"),
                List.of(),
                "");
    }

    @Test
    void switchesAndAlternativesAreTried() {
        assertEquals(Set.of("self-causal", "self-noncausal", "2d"), DeclaredModes.of(new Mixer()));
    }

    @Test
    void aCardThatListsMoreOrLessThanItsLayersDeclareIsRefused() {
        List<Mixer> mixers = List.of(new Mixer());
        assertDoesNotThrow(() -> DeclaredModes.check("p", card("self-causal, self-noncausal, 2d"), mixers));
        for (String wrong : List.of("self-causal, self-noncausal", "self-causal, self-noncausal, 2d, streaming")) {
            ZooException e = assertThrows(ZooException.class, () -> DeclaredModes.check("p", card(wrong), mixers));
            assertEquals(ErrorCode.BAD_PLUGIN, e.code());
        }
    }

    @Test
    void aPluginWithoutLayersListsTheModesOfItsHosts() {
        assertDoesNotThrow(() -> DeclaredModes.check("p", card("self-causal"), List.of()));
    }
}
