package org.layerzoo.testkit;

/** State of a level of proof. */
public enum Level {
    PASSED("passed"),
    FAILED("failed"),
    NOT_APPLICABLE("notApplicable"),
    NOT_RUN("notRun");

    private final String label;

    Level(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
