package org.layerzoo.cli.claims;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/** Figures in a sentence: {@code T^{linear.time}, {100 * a / b} %}, each to about three digits. */
final class Shown {
    private static final Pattern HOLE = Pattern.compile("\\{([^{}]+)}");

    private Shown() {}

    static String of(String sentence, ToDoubleFunction<String> figures) {
        return HOLE.matcher(sentence).replaceAll(m -> number(Rule.value(m.group(1), figures)));
    }

    static String number(double v) {
        double size = Math.abs(v);
        if (!Double.isFinite(v)) {
            return "no number";
        }
        if (v == Math.rint(v) && size < 1e15 || size >= 100) {
            return String.format(Locale.ROOT, "%.0f", v);
        }
        String form = size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : size >= 0.01 ? "%.3f" : "%.1e";
        return String.format(Locale.ROOT, form, v);
    }
}
