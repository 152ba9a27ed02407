package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;
import static org.layerzoo.benchmarks.suite.Inputs.uniform;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Orders, running sums, picked and scattered elements, casts and choices. */
final class Movements {
    private static final int ROWS = 16384;
    private static final int WIDTH = 1024;
    private static final int NAMES = 32768;

    private Movements() {}

    static List<Row> rows() {
        return Stream.of(orders(), sums(), picks(), conversions())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> orders() {
        return List.of(
                row(
                        "sort",
                        "stable order of 256 rows of 16384",
                        () -> List.of(normal("x", 256, 16384)),
                        x -> Ops.argSort(x.getFirst(), -1, false),
                        "y = torch.argsort(x[0], stable=True, dim=-1, descending=False)"),
                row(
                        "sort-line",
                        "stable order of one row of 1M",
                        () -> List.of(normal("x", 1 << 20)),
                        x -> Ops.argSort(x.getFirst(), -1, true),
                        "y = torch.argsort(x[0], stable=True, dim=-1, descending=True)"),
                row(
                        "top-k",
                        "the 64 largest of each of 256 rows of " + NAMES,
                        () -> List.of(normal("x", 256, NAMES)),
                        x -> Ops.topK(x.getFirst(), 64, -1, Primitive.TopKOrder.BY_VALUE)
                                .getFirst(),
                        "y, i = torch.topk(x[0], 64, -1, True, True)"));
    }

    private static List<Row> sums() {
        return List.of(
                row(
                        "cumsum",
                        "running sums along rows of 16384x1024",
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> Ops.cumsum(x.getFirst(), -1),
                        "y = torch.cumsum(x[0], -1)"),
                row(
                        "cumsum-columns",
                        "running sums along columns of 16384x1024",
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> Ops.cumsum(x.getFirst(), 0),
                        "y = torch.cumsum(x[0], 0)"));
    }

    private static List<Row> picks() {
        return List.of(
                row(
                        "gather",
                        "1024 elements picked of each of 8192 rows of 4096",
                        () -> List.of(normal("x", 8192, 4096), index("at", 4096, 8192, 1024)),
                        x -> Ops.gather(x.get(0), -1, x.get(1)),
                        "y = torch.gather(x[0], -1, x[1])"),
                row(
                        "rows",
                        "65536 rows of 256 picked of " + NAMES,
                        () -> List.of(normal("x", NAMES, 256), index("at", NAMES, 65536)),
                        x -> Ops.indexSelect(x.get(0), 0, x.get(1)),
                        "y = torch.index_select(x[0], 0, x[1])"),
                row(
                        "scatter-add",
                        "4M elements added to 8192 rows of 64",
                        () -> List.of(normal("b", 8192, 64), index("at", 8192, 65536, 64), normal("s", 65536, 64)),
                        x -> Ops.scatterAdd(x.get(0), 0, x.get(1), x.get(2)),
                        "y = torch.scatter_add(x[0], 0, x[1], x[2])"));
    }

    private static List<Row> conversions() {
        return List.of(
                row(
                        "cast-bf16",
                        "16M elements to BF16",
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> x.getFirst().cast(DType.BF16),
                        "y = torch.to(x[0], 15)"),
                row(
                        "cast-f16",
                        "16M elements to F16",
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> x.getFirst().cast(DType.F16),
                        "y = torch.to(x[0], 5)"),
                row(
                        "where",
                        "a > b ? a : c of 16M elements",
                        () -> List.of(normal("a", ROWS, WIDTH), normal("b", ROWS, WIDTH), normal("c", ROWS, WIDTH)),
                        x -> Ops.where(x.get(0).gt(x.get(1)), x.get(0), x.get(2)),
                        "y = torch.where(torch.gt(x[0], x[1]), x[0], x[2])"));
    }

    private static Row row(
            String id, String work, Supplier<List<Tensor>> inputs, Function<List<Tensor>, Tensor> ours, String torch) {
        return Row.forward(id, work, 1, inputs, x -> List.of(ours.apply(x)), torch);
    }

    /** Whole numbers from 0 to n-1. */
    private static Tensor index(String name, int n, int... dims) {
        return uniform(name, 0, n - 0.01, dims).cast(DType.I64);
    }
}
