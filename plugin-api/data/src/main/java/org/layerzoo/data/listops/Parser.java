package org.layerzoo.data.listops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.ZooException;

/** Reads expressions, parentheses or not. */
final class Parser {
    private final String[] tokens;
    private int at;

    Parser(String text) {
        tokens = Arrays.stream(text.trim().split("\\s+"))
                .filter(t -> !t.equals("(") && !t.equals(")"))
                .toArray(String[]::new);
    }

    Expression expression() {
        Expression e = next();
        if (at < tokens.length) {
            throw wrong("nothing more");
        }
        return e;
    }

    private Expression next() {
        if (at >= tokens.length) {
            throw wrong("a digit or an operator");
        }
        String t = tokens[at];
        if (t.length() == 1 && Character.isDigit(t.charAt(0))) {
            at++;
            return new Expression.Digit(t.charAt(0) - '0');
        }
        for (Operator o : Operator.values()) {
            if (o.token().equals(t)) {
                at++;
                return new Expression.Call(o, arguments());
            }
        }
        throw wrong("a digit or an operator");
    }

    private List<Expression> arguments() {
        List<Expression> out = new ArrayList<>();
        while (at < tokens.length && !tokens[at].equals("]") && !tokens[at].equals(Vocabulary.CLOSE)) {
            out.add(next());
        }
        if (at >= tokens.length || out.isEmpty()) {
            throw wrong(out.isEmpty() ? "an argument" : "']'");
        }
        at++;
        return out;
    }

    private ZooException wrong(String expected) {
        String given = at < tokens.length ? "'" + tokens[at] + "'" : "the end";
        return ZooException.badArgument(
                "ListOps expression: " + expected + " expected at token " + at + ", given " + given);
    }
}
