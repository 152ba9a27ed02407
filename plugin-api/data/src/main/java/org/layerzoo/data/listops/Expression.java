package org.layerzoo.data.listops;

import java.util.ArrayList;
import java.util.List;

/** An expression of ListOps (Nangia and Bowman, 2018) in the form of Long Range Arena. */
public sealed interface Expression {
    /** Value 0..9. */
    int value();

    /** Tokens without parentheses: 1 for a digit, 2 + its arguments for an operator. */
    int length();

    /** Levels: 1 for a digit, one more than its deepest argument for an operator. */
    default int depth() {
        return this instanceof Call c
                ? 1 + c.arguments().stream().mapToInt(Expression::depth).max().orElseThrow()
                : 1;
    }

    /** Largest number of arguments of an operator in it; 0 for a digit. */
    default int widest() {
        return this instanceof Call c
                ? Math.max(
                        c.arguments().size(),
                        c.arguments().stream()
                                .mapToInt(Expression::widest)
                                .max()
                                .orElseThrow())
                : 0;
    }

    /** A digit 0..9. */
    record Digit(int value) implements Expression {
        public Digit {
            if (value < 0 || value > 9) {
                throw new IllegalArgumentException("a digit 0..9 expected, given " + value);
            }
        }

        @Override
        public int length() {
            return 1;
        }
    }

    /** An operator over arguments. */
    record Call(Operator operator, List<Expression> arguments) implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
            if (arguments.isEmpty()) {
                throw new IllegalArgumentException(operator.token() + " needs at least one argument");
            }
        }

        @Override
        public int value() {
            return operator.apply(arguments.stream().mapToInt(Expression::value).toArray());
        }

        @Override
        public int length() {
            return 2 + arguments.stream().mapToInt(Expression::length).sum();
        }
    }

    /** The form of the tsv files: "( ( ( [MAX 2 ) 3 ) ] )", each argument closing a pair of parentheses to its left. */
    default String source() {
        if (this instanceof Call c) {
            // With n arguments the operator opens n + 1 parentheses.
            StringBuilder s = new StringBuilder("( ".repeat(c.arguments().size() + 1))
                    .append(c.operator().token());
            c.arguments().forEach(a -> s.append(' ').append(a.source()).append(" )"));
            return s.append(" ] )").toString();
        }
        return Integer.toString(value());
    }

    /** Tokens as the input pipeline leaves them: no parentheses, "X" for "]". */
    default List<String> tokens() {
        List<String> out = new ArrayList<>();
        collect(this, out);
        return out;
    }

    private static void collect(Expression e, List<String> out) {
        switch (e) {
            case Digit d -> out.add(Integer.toString(d.value()));
            case Call c -> {
                out.add(c.operator().token());
                c.arguments().forEach(a -> collect(a, out));
                out.add(Vocabulary.CLOSE);
            }
        }
    }

    /** The tsv form, the token form, or plain text with "]", parentheses optional. */
    static Expression parse(String text) {
        return new Parser(text).expression();
    }
}
