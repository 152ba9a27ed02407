package org.layerzoo.core.layer;

import java.util.Arrays;
import org.layerzoo.core.Stable;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;

/**
 * Random numbers by name: a draw depends on (seed, path, name, element) only, is the same on every backend, and can be
 * replaced by a given tensor.
 */
@Stable(since = "0.1")
public final class Draws {
    private final long seed;
    private final String path;
    private final Tensors given;

    private Draws(long seed, String path, Tensors given) {
        this.seed = seed;
        this.path = path;
        this.given = given;
    }

    public static Draws seeded(long seed) {
        return new Draws(seed, "", Tensors.empty());
    }

    /** Draws of these names (full paths) are replaced by the tensors. */
    public Draws replacing(Tensors tensors) {
        return new Draws(seed, path, given.with(tensors));
    }

    /** The same source for a child: its names are prefixed by {@code path.}. */
    public Draws at(String child) {
        return new Draws(seed, path.isEmpty() ? child : path + "." + child, given);
    }

    /** An independent source for another step. */
    public Draws step(long n) {
        return new Draws(seed * 0x9E3779B97F4A7C15L + n + 1, path, given);
    }

    public long seed() {
        return seed;
    }

    /** Uniform in [0, 1). */
    public Tensor uniform(String name, DType dtype, int... dims) {
        return draw(Primitive.Distribution.UNIFORM, name, dtype, dims);
    }

    /** Standard normal. */
    public Tensor normal(String name, DType dtype, int... dims) {
        return draw(Primitive.Distribution.NORMAL, name, dtype, dims);
    }

    /** Integers lo (inclusive) to hi (exclusive), I64. */
    public Tensor integers(String name, long lo, long hi, int... dims) {
        return replaced(name, DType.I64, dims)
                .orElseGet(() -> Ops.floor(source(Primitive.Distribution.UNIFORM, name, DType.F64, dims)
                                .mul(hi - lo))
                        .add(lo)
                        .cast(DType.I64));
    }

    /** 1 with probability p, else 0, in the dtype. */
    public Tensor bernoulli(String name, double p, DType dtype, int... dims) {
        return replaced(name, dtype, dims).orElseGet(() -> source(Primitive.Distribution.UNIFORM, name, DType.F32, dims)
                .lt(p)
                .cast(dtype));
    }

    /** A random order of 0..n-1, I64 [n]. */
    public Tensor permutation(String name, int n) {
        return replaced(name, DType.I64, n)
                .orElseGet(() -> Ops.argSort(source(Primitive.Distribution.UNIFORM, name, DType.F64, n), 0, false));
    }

    /** k of 0..n-1 without replacement in random order, I64 [k]. */
    public Tensor subset(String name, int k, int n) {
        if (k > n) {
            throw ZooException.badArgument("draw '" + name + "': a subset of " + k + " from " + n + " does not exist");
        }
        return replaced(name, DType.I64, k)
                .orElseGet(() -> Ops.argSort(source(Primitive.Distribution.UNIFORM, name, DType.F64, n), 0, false)
                        .slice(0, 0, k));
    }

    /** Standard Gumbel. */
    public Tensor gumbel(String name, DType dtype, int... dims) {
        return replaced(name, dtype, dims)
                .orElseGet(() -> Ops.log(Ops.log(source(Primitive.Distribution.UNIFORM, name, DType.F64, dims)
                                        .add(1e-20))
                                .neg())
                        .neg()
                        .cast(dtype));
    }

    private Tensor draw(Primitive.Distribution d, String name, DType dtype, int... dims) {
        return replaced(name, dtype, dims).orElseGet(() -> source(d, name, dtype, dims));
    }

    private java.util.Optional<Tensor> replaced(String name, DType dtype, int... dims) {
        java.util.Optional<Tensor> t = given.find(full(name));
        t.ifPresent(x -> {
            if (!Arrays.equals(x.shape().dims(), dims)) {
                throw ZooException.badShape("draw '" + full(name) + "': replacement of shape " + Arrays.toString(dims)
                        + " expected, given " + x.shape());
            }
        });
        return t.map(x -> x.cast(dtype));
    }

    private Tensor source(Primitive.Distribution d, String name, DType dtype, int... dims) {
        // Low-precision draws are rounded F32 draws, so that a model sees the same numbers in every dtype.
        boolean direct = dtype == DType.F64 || dtype == DType.F32;
        TensorSpec spec = TensorSpec.of(direct ? dtype : DType.F32, dims);
        return Ops.one(new Primitive.Draw(d, seed, hash(full(name)), spec)).cast(dtype);
    }

    private String full(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** 64-bit FNV-1a, so that streams do not depend on a JDK's string hash. */
    private static long hash(String s) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < s.length(); i++) {
            h = (h ^ s.charAt(i)) * 0x100000001b3L;
        }
        return h;
    }
}
