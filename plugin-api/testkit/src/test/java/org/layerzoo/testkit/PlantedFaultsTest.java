package org.layerzoo.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.spi.PaperCard;

/** The suite is trusted with other people's work, so it must pass an honest mixer and reject each planted mistake. */
class PlantedFaultsTest {
    private static Verdict verdict(Fault f) {
        PaperCard card = new PaperCard(
                "Gated mixer",
                List.of(),
                2026,
                "",
                List.of(),
                "",
                PaperCard.Fidelity.REFERENCE,
                "softmax-attention",
                "mixer",
                List.of(),
                "s",
                "m",
                new PaperCard.Complexity("", "", ""),
                List.of(),
                "");
        Subject s =
                new Subject("gated-mixer", "0.1.0", card, List.of(new GatedMixer(f)), List.of(GatedTruth.golden(1e-5)));
        return new Conformance(Conformance.Options.of(2)).run(s);
    }

    @Test
    void anHonestMixerPassesBothLevels() {
        Verdict v = verdict(Fault.NONE);
        assertEquals(List.of(), v.checks().stream().filter(c -> !c.passed()).toList());
        assertEquals(List.of(), v.golden().stream().filter(g -> !g.passed()).toList());
        assertEquals(2, v.level());
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedFaultIsRejectedByTheRuleMadeForIt(Fault f) {
        Verdict v = verdict(f);
        assertFalse(v.passed(), f + " was accepted");
        boolean golden = v.golden().stream().anyMatch(g -> !g.passed());
        List<String> rules = v.checks().stream()
                .filter(c -> !c.passed())
                .map(CheckResult::name)
                .toList();
        assertTrue(
                f.caughtBy.equals("golden") ? golden : rules.contains(f.caughtBy),
                f + " was rejected by " + rules + (golden ? " and the golden case" : "") + ", not by " + f.caughtBy);
    }
}
