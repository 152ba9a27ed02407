package org.layerzoo.data.listops;

import java.util.Arrays;
import java.util.function.ToIntFunction;

/** Operators on digits. MED is the median, the mean of the two middle values truncated when their number is even; SM the sum modulo 10. */
public enum Operator {
    MIN("[MIN", a -> Arrays.stream(a).min().orElseThrow()),
    MAX("[MAX", a -> Arrays.stream(a).max().orElseThrow()),
    MED("[MED", Operator::median),
    SM("[SM", a -> Arrays.stream(a).sum() % 10);

    private final String token;
    private final ToIntFunction<int[]> rule;

    Operator(String token, ToIntFunction<int[]> rule) {
        this.token = token;
        this.rule = rule;
    }

    public String token() {
        return token;
    }

    public int apply(int... values) {
        return rule.applyAsInt(values);
    }

    private static int median(int[] values) {
        int[] s = values.clone();
        Arrays.sort(s);
        return (s[(s.length - 1) / 2] + s[s.length / 2]) / 2;
    }
}
