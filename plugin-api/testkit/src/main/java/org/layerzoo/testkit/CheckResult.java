package org.layerzoo.testkit;

/** One line of a verdict. */
public record CheckResult(String name, int level, boolean passed, String detail) {
    public static CheckResult passed(String name, int level, String detail) {
        return new CheckResult(name, level, true, detail);
    }

    public static CheckResult failed(String name, int level, String detail) {
        return new CheckResult(name, level, false, detail);
    }
}
