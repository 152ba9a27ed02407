package org.layerzoo.benchmarks.libtorch;

import static org.layerzoo.benchmarks.libtorch.Translation.list;
import static org.layerzoo.benchmarks.libtorch.Translation.missing;
import static org.layerzoo.benchmarks.libtorch.Translation.number;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Primitives as TorchScript expressions. */
final class Primitives {
    private Primitives() {}

    static String expression(Primitive op, List<String> in, List<TensorSpec> specs, List<TensorSpec> out) {
        return switch (op) {
            case Primitive.Elementwise e -> elementwise(e, in);
            case Primitive.Reduction r -> reduction(r, in, specs);
            case Primitive.Shaping s -> shaping(s, in, out.getFirst());
            case Primitive.Source s -> source(s);
            case Primitive.Indexing i -> indexing(i, in);
            case Primitive.Linear l -> linear(l, in);
            case Primitive.Stop s -> call("detach", in.getFirst());
            case Primitive.Control c -> throw missing(c.name());
        };
    }

    static String call(String name, String... arguments) {
        return "torch." + name + "(" + String.join(", ", arguments) + ")";
    }

    private static String elementwise(Primitive.Elementwise op, List<String> in) {
        String x = in.getFirst();
        return switch (op) {
            case Primitive.Unary u -> unary(u.fn(), x);
            case Primitive.Binary b -> binary(b.fn(), x, in.get(1));
            case Primitive.Where w -> call("where", x, in.get(1), in.get(2));
            case Primitive.Cast c -> call("to", x, type(c.to()));
            case Primitive.Parametric p ->
                switch (p.fn()) {
                    case LEAKY_RELU -> call("leaky_relu", x, number(p.a()));
                    case ELU -> call("elu", x, number(p.a()), "1.", "1.");
                    case SOFTSHRINK -> call("softshrink", x, number(p.a()));
                    case CLAMP -> call("clamp", x, number(p.a()), number(p.b()));
                    case POWER -> call("pow", x, number(p.a()));
                };
        };
    }

    private static String unary(Primitive.UnaryFn fn, String x) {
        return switch (fn) {
            case SIGN -> call("sign", x);
            case GELU_TANH -> "torch.gelu(" + x + ", approximate=\"tanh\")";
            case LOGSIGMOID -> call("log_sigmoid", x);
            case NOT -> call("logical_not", x);
            case TRIGAMMA -> call("polygamma", "1", x);
            default -> call(fn.name().toLowerCase(Locale.ROOT), x);
        };
    }

    private static String binary(Primitive.BinaryFn fn, String x, String y) {
        return switch (fn) {
            case MAX -> call("maximum", x, y);
            case MIN -> call("minimum", x, y);
            case MOD -> call("remainder", x, y);
            case FLOOR_DIV -> call("floor_divide", x, y);
            case AND, OR, XOR -> call("logical_" + fn.name().toLowerCase(Locale.ROOT), x, y);
            default -> call(fn.name().toLowerCase(Locale.ROOT), x, y);
        };
    }

    private static String reduction(Primitive.Reduction op, List<String> in, List<TensorSpec> specs) {
        String x = in.getFirst();
        return switch (op) {
            case Primitive.Reduce r -> reduce(r, x);
            case Primitive.Scan s
            when !s.reverse() && !s.exclusive() && s.kind() == Primitive.ScanKind.SUM ->
                call("cumsum", x, "" + s.axis());
            case Primitive.ArgReduce a ->
                call(a.max() ? "argmax" : "argmin", x, "" + a.axis(), a.keepDims() ? "True" : "False");
            default -> throw missing(op.name() + " of " + specs);
        };
    }

    private static String reduce(Primitive.Reduce r, String x) {
        String axes = list(r.axes());
        String keep = r.keepDims() ? "True" : "False";
        return switch (r.kind()) {
            case SUM -> call("sum", x, axes, keep);
            case MEAN -> call("mean", x, axes, keep);
            case LOGSUMEXP -> call("logsumexp", x, axes, keep);
            case MAX -> call("amax", x, axes, keep);
            case MIN -> call("amin", x, axes, keep);
            case PROD, ANY, ALL -> throw missing(r.name());
        };
    }

    private static String shaping(Primitive.Shaping op, List<String> in, TensorSpec out) {
        String x = in.getFirst();
        return switch (op) {
            case Primitive.Reshape r -> call("reshape", x, list(r.to().dims()));
            case Primitive.Permute p -> call("permute", x, list(p.order()));
            case Primitive.Expand e -> call("expand", x, list(out.shape().dims()));
            case Primitive.Concat c -> call("cat", "[" + String.join(", ", in) + "]", "" + c.axis());
            case Primitive.Flip f -> call("flip", x, list(f.axes()));
            case Primitive.Roll r -> call("roll", x, "[" + r.shift() + "]", "[" + r.axis() + "]");
            case Primitive.Slice s -> {
                String y = x;
                for (int i = 0; i < s.start().length; i++) {
                    y = call("slice", y, "" + i, "" + s.start()[i], "" + s.stop()[i], "" + s.step()[i]);
                }
                yield y;
            }
            case Primitive.Pad p
            when p.mode() == Primitive.PadMode.CONSTANT -> {
                int n = p.before().length;
                int[] sizes = new int[2 * n];
                // The last axis comes first.
                for (int i = 0; i < n; i++) {
                    sizes[2 * (n - 1 - i)] = p.before()[i];
                    sizes[2 * (n - 1 - i) + 1] = p.after()[i];
                }
                yield call("constant_pad_nd", x, list(sizes), number(p.value()));
            }
            default -> throw missing(op.name());
        };
    }

    private static String source(Primitive.Source op) {
        return switch (op) {
            case Primitive.Fill f ->
                call(
                        "full",
                        list(f.spec().shape().dims()),
                        number(f.value()),
                        "dtype=" + type(f.spec().dtype()));
            case Primitive.Iota i ->
                call(
                        "add",
                        call(
                                "mul",
                                "torch.arange(" + i.n() + ", dtype=" + type(i.dtype()) + ")",
                                scalar(i.dtype(), i.step())),
                        scalar(i.dtype(), i.start()));
            case Primitive.Draw d -> throw missing("our random numbers");
        };
    }

    private static String scalar(DType t, double v) {
        return t.isFloating() ? number(v) : Long.toString((long) v);
    }

    private static String indexing(Primitive.Indexing op, List<String> in) {
        return switch (op) {
            case Primitive.IndexSelect i -> call("index_select", in.get(0), "" + i.axis(), in.get(1));
            case Primitive.Gather g -> call("gather", in.get(0), "" + g.axis(), in.get(1));
            case Primitive.ScatterAdd s -> call("scatter_add", in.get(0), "" + s.axis(), in.get(1), in.get(2));
            default -> throw missing(op.name());
        };
    }

    private static String linear(Primitive.Linear op, List<String> in) {
        return switch (op) {
            case Primitive.MatMul m ->
                call("matmul", swapped(in.get(0), m.transposeA()), swapped(in.get(1), m.transposeB()));
            case Primitive.TriangularSolve t ->
                call(
                        "linalg_solve_triangular",
                        swapped(in.get(0), t.transpose()),
                        in.get(1),
                        "upper=" + (t.lower() == t.transpose() ? "True" : "False"),
                        "left=True",
                        "unitriangular=" + (t.unit() ? "True" : "False"));
            case Primitive.Conv c
            when Arrays.equals(c.g().before(), c.g().after()) -> {
                Primitive.ConvGeometry g = c.g();
                yield call(
                        "conv" + g.dims() + "d",
                        in.get(0),
                        in.get(1),
                        "None",
                        list(g.stride()),
                        list(g.before()),
                        list(g.dilation()),
                        "" + g.groups());
            }
            case Primitive.Rfft f ->
                "torch.view_as_real(torch.fft_rfft(%s, None, %d, None))".formatted(in.getFirst(), f.axis());
            case Primitive.Fft f ->
                "torch.view_as_real(torch.fft_%s(torch.view_as_complex(torch.contiguous(%s)), None, %d, %s))"
                        .formatted(
                                f.inverse() ? "ifft" : "fft",
                                in.getFirst(),
                                f.axis(),
                                f.inverse() ? "\"forward\"" : "None");
            case Primitive.Irfft f ->
                "torch.fft_irfft(torch.view_as_complex(torch.contiguous(%s)), %d, %d, \"forward\")"
                        .formatted(in.getFirst(), f.n(), f.axis());
            default -> throw missing(op.name());
        };
    }

    private static String swapped(String x, boolean transposed) {
        return transposed ? call("transpose", x, "-2", "-1") : x;
    }

    /** LibTorch's number of a type. */
    private static String type(DType t) {
        return switch (t) {
            case F32 -> "6";
            case F64 -> "7";
            case F16 -> "5";
            case BF16 -> "15";
            case I64 -> "4";
            case I32 -> "3";
            case BOOL -> "11";
        };
    }
}
