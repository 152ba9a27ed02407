package org.layerzoo.runner.agent;

/** Texts in the lengths that the registry takes. */
final class Texts {
    private Texts() {}

    static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 3) + "...";
    }
}
