package org.layerzoo.testkit;

/** Mistakes that are planted into an honest mixer, each of which the conformance suite must reject. */
enum Fault {
    NONE(""),
    SIGN("golden"),
    MASK_OFF_BY_ONE("golden"),
    DROPPED_SCALE("golden"),
    WRONG_AXIS("golden"),
    STALE_STATE("streaming"),
    TRANSPOSED_GATE("golden"),
    EPS_MISPLACED("golden"),
    LOOK_AHEAD("causality"),
    INIT_SCALE("initial scale"),
    DROPPED_RESIDUAL("declared residual");

    /** Name of a rule that must fail, or "golden". */
    final String caughtBy;

    Fault(String caughtBy) {
        this.caughtBy = caughtBy;
    }
}
