package org.layerzoo.data.listops;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.data.Rng;

/**
 * Random ListOps expressions as the authors of Long Range Arena draw them: below the depth limit a node is an operator
 * with probability 0.25, with 2..maxArguments arguments drawn first and the operator uniformly after them; at the limit
 * it is a digit. Kept when minLength < length < maxLength.
 *
 * @param maxDepth depth of the deepest digits; the root has depth 1
 */
public record ListOps(int maxDepth, int maxArguments, int minLength, int maxLength) {
    private static final double OPERATOR = 0.25;
    private static final int ATTEMPTS = 1_000_000;

    public ListOps {
        if (maxDepth < 2 || maxArguments < 2) {
            throw new IllegalArgumentException("a depth and a number of arguments of at least 2 expected, given "
                    + maxDepth + " and " + maxArguments);
        }
        if (minLength + 1 >= maxLength || maxLength <= 4) {
            throw new IllegalArgumentException("no length lies between " + minLength + " and " + maxLength
                    + " (both excluded; the shortest call has 4)");
        }
    }

    public Expression draw(Rng rng) {
        for (int i = 0; i < ATTEMPTS; i++) {
            Budget left = new Budget(maxLength);
            Expression e = node(rng, 1, left);
            if (left.tokens > 0 && e.length() > minLength && e.length() < maxLength) {
                return e;
            }
        }
        throw new org.layerzoo.core.ZooException(
                org.layerzoo.core.ErrorCode.BAD_CONFIG,
                "none of " + ATTEMPTS + " expressions of depth " + maxDepth + " has a length between " + minLength
                        + " and " + maxLength);
    }

    /** Tokens that may still come: an expression that is too long already is not worth finishing. */
    private static final class Budget {
        private int tokens;

        Budget(int tokens) {
            this.tokens = tokens;
        }
    }

    private Expression node(Rng rng, int depth, Budget left) {
        left.tokens--;
        if (left.tokens <= 0 || depth >= maxDepth || rng.nextDouble() > OPERATOR) {
            return new Expression.Digit(rng.nextInt(10));
        }
        left.tokens--;
        int n = rng.between(2, maxArguments);
        List<Expression> arguments = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            arguments.add(node(rng, depth + 1, left));
        }
        return new Expression.Call(Operator.values()[rng.nextInt(4)], arguments);
    }
}
