package org.layerzoo.cli.claims;

import java.util.Arrays;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** What became of a claim. */
public enum Verdict {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    NOT_HERE("cannot be measured here"),
    /** Its experiment has not been run yet. */
    OPEN("not measured yet");

    private final String label;

    Verdict(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    static Verdict of(String label) {
        return Arrays.stream(values())
                .filter(v -> v.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new ZooException(ErrorCode.BAD_FILE, "no verdict '" + label + "'"));
    }
}
