package org.layerzoo.cli.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * What decides whether a claim holds: comparisons joined by {@code and}, between sums and products of numbers, figures by their names, and
 * {@code min(...)}, {@code max(...)}, {@code abs(x)}, {@code log(x)}; e.g. {@code linear.time <= 1.15 and softmax.time >= 1.7}.
 */
final class Rule {
    private static final Pattern TOKEN =
            Pattern.compile("\\s*(?:(\\d+(?:\\.\\d+)?(?:[eE]-?\\d+)?)|([A-Za-z_][\\w.]*)|(<=|>=|[-+*/(),<>]))\\s*");

    private final String text;
    private final ToDoubleFunction<String> figures;
    private final List<String> tokens;
    private int at;

    private Rule(String text, ToDoubleFunction<String> figures) {
        this.text = text;
        this.figures = figures;
        this.tokens = tokens(text);
    }

    /** @throws ZooException BAD_CONFIG when this is no rule; what {@code figures} throws for a name that it does not know */
    static boolean holds(String rule, ToDoubleFunction<String> figures) {
        Rule r = new Rule(rule, figures);
        boolean all = r.comparison();
        while (r.skip("and")) {
            all &= r.comparison();
        }
        r.end();
        return all;
    }

    /** The value of a sum. */
    static double value(String sum, ToDoubleFunction<String> figures) {
        Rule r = new Rule(sum, figures);
        double v = r.sum();
        r.end();
        return v;
    }

    private static List<String> tokens(String text) {
        List<String> out = new ArrayList<>();
        Matcher m = TOKEN.matcher(text);
        int end = 0;
        while (end < text.length() && m.find(end) && m.start() == end) {
            out.add(m.group().strip());
            end = m.end();
        }
        if (end < text.length() || out.isEmpty()) {
            throw wrong(text, "a number, a name or one of <= >= < > + - * / ( ) ,", text.substring(end));
        }
        return out;
    }

    private boolean comparison() {
        double left = sum();
        String op = next("one of <= >= < >");
        double right = sum();
        return switch (op) {
            case "<=" -> left <= right;
            case ">=" -> left >= right;
            case "<" -> left < right;
            case ">" -> left > right;
            default -> throw wrong(text, "one of <= >= < >", op);
        };
    }

    private double sum() {
        double v = product();
        while (true) {
            if (skip("+")) {
                v += product();
            } else if (skip("-")) {
                v -= product();
            } else {
                return v;
            }
        }
    }

    private double product() {
        double v = factor();
        while (true) {
            if (skip("*")) {
                v *= factor();
            } else if (skip("/")) {
                v /= factor();
            } else {
                return v;
            }
        }
    }

    private double factor() {
        String t = next("a number or a name");
        if (Character.isDigit(t.charAt(0))) {
            return Double.parseDouble(t);
        }
        if (t.equals("-")) {
            return -factor();
        }
        if (t.equals("(")) {
            double v = sum();
            expect(")");
            return v;
        }
        if (!Character.isLetter(t.charAt(0))) {
            throw wrong(text, "a number or a name", t);
        }
        return skip("(") ? function(t) : figures.applyAsDouble(t);
    }

    private double function(String name) {
        double v = sum();
        if (name.equals("abs")) {
            v = Math.abs(v);
        } else if (name.equals("log")) {
            v = Math.log(v);
        } else if (!name.equals("min") && !name.equals("max")) {
            throw wrong(text, "min, max, abs or log", name);
        }
        while (skip(",")) {
            double w = sum();
            v = name.equals("min") ? Math.min(v, w) : Math.max(v, w);
        }
        expect(")");
        return v;
    }

    private boolean skip(String token) {
        boolean found = at < tokens.size() && tokens.get(at).equals(token);
        at += found ? 1 : 0;
        return found;
    }

    private void expect(String token) {
        String given = next(token);
        if (!given.equals(token)) {
            throw wrong(text, token, given);
        }
    }

    private String next(String expected) {
        if (at == tokens.size()) {
            throw wrong(text, expected, "its end");
        }
        return tokens.get(at++);
    }

    private void end() {
        if (at < tokens.size()) {
            throw wrong(text, "'and' or its end", tokens.get(at));
        }
    }

    private static ZooException wrong(String text, String expected, String given) {
        return new ZooException(
                ErrorCode.BAD_CONFIG, "rule '" + text + "': " + expected + " expected, given '" + given + "'");
    }
}
