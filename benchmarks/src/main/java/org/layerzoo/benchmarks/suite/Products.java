package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Ops;

/** Matrix products: square, tall, batched, and of few rows. */
final class Products {
    private static final double SQUARE = 0.85;

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
        return rows;
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
