package org.layerzoo.data.listops;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Ids of tokens: 0 pads, 1 closes, 2..5 the operators, 6..15 the digits. */
public final class Vocabulary {
    /** "]" after the input pipeline. */
    public static final String CLOSE = "X";

    public static final int SIZE = 16;

    private static final List<String> TOKENS = Stream.concat(
                    Stream.of("", CLOSE, "[MIN", "[MAX", "[MED", "[SM"),
                    IntStream.range(0, 10).mapToObj(Integer::toString))
            .toList();

    private Vocabulary() {}

    /** The id of a digit. */
    public static int digit(int value) {
        return TOKENS.indexOf(Integer.toString(value));
    }

    public static long[] ids(Expression e) {
        return e.tokens().stream().mapToLong(TOKENS::indexOf).toArray();
    }

    /** The expression that ids spell; pads at the end are ignored. */
    public static Expression expression(long[] ids) {
        StringBuilder s = new StringBuilder();
        for (long id : ids) {
            if (id != 0) {
                s.append(TOKENS.get(Math.toIntExact(id))).append(' ');
            }
        }
        return Expression.parse(s.toString());
    }
}
