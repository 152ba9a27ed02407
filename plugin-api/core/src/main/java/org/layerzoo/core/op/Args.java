package org.layerzoo.core.op;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Reads the inputs of a fused op in order and checks them against axes written as letters: the first time a letter
 * occurs it gets its size, afterwards it must have it ("B T D", then "D"); a number stands for itself.
 */
public final class Args {
    /** Of axes as ops write them, so of few. */
    private static final Map<String, String[]> LETTERS = new ConcurrentHashMap<>();

    private final Op op;
    private final List<TensorSpec> in;
    private final Map<String, Integer> sizes = new LinkedHashMap<>();
    private DType dtype;
    private int at;

    public Args(Op op, List<TensorSpec> in) {
        this.op = op;
        this.in = in;
    }

    /** Fixes a letter's size. */
    public Args let(String letter, int size) {
        sizes.put(letter, size);
        return this;
    }

    /** The next input: floating, of the dtype of the first floating input. */
    public TensorSpec floats(String name, String axes) {
        TensorSpec t = next(name);
        Rules.floating(op, name, t);
        dtype = dtype == null ? t.dtype() : dtype;
        return expect(name, t, dtype, axes);
    }

    /** The next input: floating, of any rank; its letters are not bound. */
    public TensorSpec floats(String name) {
        TensorSpec t = next(name);
        Rules.floating(op, name, t);
        dtype = dtype == null ? t.dtype() : dtype;
        return t;
    }

    /** The next input: a state or statistic, kept in F32 where the op runs on BF16 or F16. */
    public TensorSpec state(String name, String axes) {
        return expect(name, next(name), Wide.of(dtype), axes);
    }

    public TensorSpec longs(String name, String axes) {
        return expect(name, next(name), DType.I64, axes);
    }

    public TensorSpec booleans(String name, String axes) {
        return expect(name, next(name), DType.BOOL, axes);
    }

    /** The next input, which must broadcast to the given sizes (right-aligned). */
    public TensorSpec broadcast(String name, DType type, int... to) {
        TensorSpec t = next(name);
        Rules.dtype(op, name, t, type);
        Shape target = Shape.of(to);
        boolean fits = t.shape().rank() <= to.length;
        for (int i = 1; fits && i <= t.shape().rank(); i++) {
            fits = t.shape().dim(-i) == 1 || t.shape().dim(-i) == target.dim(-i);
        }
        if (!fits) {
            throw ZooException.badShape(
                    op.name() + ": " + name + " that broadcasts to " + target + " expected, given " + t);
        }
        return t;
    }

    private TensorSpec next(String name) {
        if (at >= in.size()) {
            throw ZooException.badArgument(
                    op.name() + ": input " + (at + 1) + ", " + name + ", is missing; given " + in.size() + " inputs");
        }
        return in.get(at++);
    }

    private TensorSpec expect(String name, TensorSpec t, DType type, String axes) {
        String[] letters = LETTERS.computeIfAbsent(axes, Args::letters);
        int known = sizes.size();
        boolean fits = t.shape().rank() == letters.length;
        for (int i = 0; fits && i < letters.length; i++) {
            fits = fit(letters[i], t.shape().dim(i));
        }
        if (!fits) {
            // What this input was the first to name is no expectation.
            sizes.keySet().removeAll(sizes.keySet().stream().skip(known).toList());
            throw ZooException.badShape(
                    op.name() + ": " + name + " of shape " + described(letters) + " expected, given " + t);
        }
        if (t.dtype() != type) {
            throw new ZooException(
                    ErrorCode.BAD_DTYPE, op.name() + ": " + name + " of " + type + " expected, given " + t);
        }
        return t;
    }

    private static String[] letters(String axes) {
        return axes.isBlank() ? new String[0] : axes.trim().split(" +");
    }

    private boolean fit(String letter, int size) {
        if (Character.isDigit(letter.charAt(0))) {
            return Integer.parseInt(letter) == size;
        }
        return sizes.computeIfAbsent(letter, l -> size) == size;
    }

    private String described(String[] letters) {
        StringJoiner s = new StringJoiner(", ", "(", ")");
        for (String l : letters) {
            s.add(sizes.containsKey(l) ? l + "=" + sizes.get(l) : l);
        }
        return s.toString();
    }

    /** The size of a letter. */
    public int size(String letter) {
        return sizes.get(letter);
    }

    /** The dtype of the floating inputs. */
    public DType dtype() {
        return dtype;
    }

    /** A result of the op's dtype. */
    public TensorSpec result(int... dims) {
        return TensorSpec.of(dtype, dims);
    }

    /** A result kept in F32 or F64. */
    public TensorSpec wide(int... dims) {
        return TensorSpec.of(Wide.of(dtype), dims);
    }

    /** @throws ZooException with the message unless the condition holds */
    public Args require(boolean condition, String message) {
        Rules.require(op, condition, message);
        return this;
    }

    /** @throws ZooException if inputs are left over */
    public Args end() {
        if (at != in.size()) {
            throw ZooException.badArgument(op.name() + ": " + at + " inputs expected, given " + in.size());
        }
        return this;
    }
}
