package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Matrix products: square, tall, batched, of few rows, and with all that may follow one in a layer. */
final class Products {
    private static final double SQUARE = 0.85;
    private static final double MATRIX_UNITS = 0.95;

    private Products() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int n : new int[] {512, 1024, 2048}) {
            rows.add(product("gemm-" + n, SQUARE, new int[] {n, n}, new int[] {n, n}));
        }
        rows.add(product("gemm-4096x64x4096", SQUARE, new int[] {4096, 64}, new int[] {64, 4096}));
        rows.add(product("gemm-batched", SQUARE, new int[] {64, 128, 64}, new int[] {64, 64, 128}));
        for (int m : new int[] {1, 2, 4, 8}) {
            rows.add(product("gemv-" + m, 1, new int[] {m, 4096}, new int[] {4096, 4096}));
        }
        rows.add(Row.forward(
                "linear-residual",
                "r + GELU(x W^T + b), 4096 rows of 256 to 256",
                SQUARE,
                () -> List.of(normal("x", 4096, 256), normal("w", 256, 256), normal("b", 256), normal("r", 4096, 256)),
                x -> List.of(x.get(3).add(Fused.linear(x.get(0), x.get(1), x.get(2), Activation.GELU))),
                "y = torch.add(x[3], torch.gelu(torch.linear(x[0], x[1], x[2])))"));
        return rows;
    }

    /** In BF16, for backends with the processor's matrix units. */
    static List<Row> halves() {
        List<Row> rows = new ArrayList<>();
        for (int n : new int[] {512, 1024, 2048}) {
            rows.add(Row.forward(
                    "gemm-bf16-" + n,
                    "BF16 product " + n + "x" + n + " by transposed " + n + "x" + n,
                    MATRIX_UNITS,
                    () -> List.of(half("a", n), half("b", n)),
                    x -> List.of(x.get(0).matmulT(x.get(1))),
                    "y = torch.matmul(x[0], x[1].t())"));
        }
        return rows;
    }

    private static Tensor half(String name, int n) {
        return normal(name, n, n).cast(DType.BF16);
    }

    private static Row product(String id, double target, int[] a, int[] b) {
        return Row.forward(
                id,
                "product " + text(a) + " by " + text(b),
                target,
                () -> List.of(normal("a", a), normal("b", b)),
                x -> List.of(Ops.matmul(x.get(0), x.get(1))),
                "y = torch.matmul(x[0], x[1])");
    }

    private static String text(int[] dims) {
        StringBuilder s = new StringBuilder();
        for (int d : dims) {
            s.append(s.isEmpty() ? "" : "x").append(d);
        }
        return s.toString();
    }
}
