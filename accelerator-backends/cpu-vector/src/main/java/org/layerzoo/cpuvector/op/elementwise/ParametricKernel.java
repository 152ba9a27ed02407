package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Width;

/** x -> fn(x; a, b) of F32. POWER takes vector arithmetic for exponents 1, 2, 3, 1/2 and -1/2, -1, otherwise a plain loop. */
public final class ParametricKernel implements Pointwise<Primitive.Parametric> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    @Override
    public Optional<String> refusal(Primitive.Parametric op, List<TensorSpec> in) {
        DType t = in.getFirst().dtype();
        return t == DType.F32 ? Optional.empty() : Optional.of("no loop for " + op.name() + " of " + t);
    }

    @Override
    public String kind(Primitive.Parametric op, List<TensorSpec> in) {
        return op.fn() == Primitive.ParametricFn.POWER && !isSimple(op.a()) ? "scalar" : "vector";
    }

    private static boolean isSimple(double a) {
        return a == 1 || a == 2 || a == 3 || a == 0.5 || a == -0.5 || a == -1;
    }

    @Override
    public int cost(Primitive.Parametric op, List<TensorSpec> in) {
        return isSimple(op.a()) ? 2 : 16;
    }

    @Override
    public Blocks.Step step(Primitive.Parametric op, List<TensorSpec> in) {
        float a = (float) op.a();
        float b = (float) op.b();
        return switch (op.fn()) {
            case LEAKY_RELU -> inPlace((v, n) -> leaky(v, n, a));
            case ELU -> inPlace((v, n) -> elu(v, n, a));
            case SOFTSHRINK -> inPlace((v, n) -> shrink(v, n, a));
            case CLAMP -> inPlace((v, n) -> clamp(v, n, a, b));
            case POWER -> power(op.a());
        };
    }

    private static Blocks.Step inPlace(UnaryLoops.Loop loop) {
        return (x, y, n) -> {
            loop.apply((float[]) x[0], n);
            return x[0];
        };
    }

    private static Blocks.Step power(double a) {
        if (a == 1) {
            return (x, y, n) -> x[0];
        } else if (a == 2) {
            return inPlace(UnaryLoops::square);
        } else if (a == 3) {
            return inPlace(ParametricKernel::cube);
        } else if (a == 0.5) {
            return inPlace(ParametricKernel::root);
        } else if (a == -0.5) {
            return inPlace((v, n) -> {
                root(v, n);
                UnaryLoops.reciprocal(v, n);
            });
        } else if (a == -1) {
            return inPlace(UnaryLoops::reciprocal);
        }
        return UnaryKernel.floats(x -> x == 1 || x == -1 && Double.isInfinite(a) ? 1 : Math.pow(x, a));
    }

    private static void cube(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            x.mul(x).mul(x).intoArray(v, i);
        }
    }

    /** x^(1/2): unlike the square root it maps -0 to 0 and -inf to inf. */
    private static void root(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            x.add(0f)
                    .sqrt()
                    .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                    .intoArray(v, i);
        }
    }

    private static void leaky(float[] v, int n, float a) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            x.mul(a).blend(x, x.compare(VectorOperators.GT, 0f)).intoArray(v, i);
        }
    }

    private static void elu(float[] v, int n, float a) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            Approx.expm1(x).mul(a).blend(x, x.compare(VectorOperators.GT, 0f)).intoArray(v, i);
        }
    }

    private static void shrink(float[] v, int n, float a) {
        for (int i = 0; i < n; i++) {
            float x = v[i];
            v[i] = x > a ? x - a : x < -a ? x + a : Float.isNaN(x) ? x : 0;
        }
    }

    private static void clamp(float[] v, int n, float a, float b) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, v, i).max(a).min(b).intoArray(v, i);
        }
    }
}
