package org.layerzoo.cli.claims;

import java.util.Map;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * How one claim is decided, fixed before anything is measured.
 *
 * @param id plugin and claim, e.g. {@code mamba/claim-1}
 * @param reason why the claim cannot be measured here; empty when it is
 * @param measures what is measured, and what of the claim is not
 * @param runs jobs by the name that their figures have in {@code rule}
 * @param rule comparisons of figures, see {@link Rule}
 * @param shows the sentence that shows our figures
 */
public record Experiment(
        String id, String reason, String measures, SequencedMap<String, Run> runs, String rule, String shows) {
    public boolean measured() {
        return reason.isEmpty();
    }

    public String plugin() {
        return id.substring(0, id.indexOf('/'));
    }

    /** What the figures decide. */
    Verdict verdict(Map<String, Double> figures) {
        return Rule.holds(rule, named(figures)) ? Verdict.HOLDS : Verdict.DOES_NOT_HOLD;
    }

    String shown(Map<String, Double> figures) {
        return Shown.of(shows, named(figures));
    }

    private ToDoubleFunction<String> named(Map<String, Double> figures) {
        return name -> {
            Double v = figures.get(name);
            if (v == null) {
                throw new ZooException(
                        ErrorCode.BAD_CONFIG, id + ": no figure '" + name + "', expected one of " + figures.keySet());
            }
            return v;
        };
    }
}
