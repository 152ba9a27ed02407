package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** How this backend runs each op of the case tables, asked of the backend itself: forward and gradient, by dtype. */
final class KernelTable {
    private static final List<DType> DTYPES = List.of(DType.F32, DType.BF16, DType.F64);
    private static final String NONE = "-";
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();

    /** Per op: per column, per way of running it, how many cases. */
    private final Map<String, List<Map<String, Integer>>> rows = new TreeMap<>();
    /** Per op: why it is decomposed, in F32. */
    private final Map<String, Set<String>> reasons = new TreeMap<>();

    static String of(List<OpCase> cases) {
        KernelTable t = new KernelTable();
        cases.forEach(t::add);
        return t.text();
    }

    static String all() {
        return "## Fused ops\n\n" + of(FusedCases.all()) + "\n## Primitives\n\n" + of(AllCases.primitives());
    }

    private void add(OpCase c) {
        for (int i = 0; i < DTYPES.size(); i++) {
            List<TensorSpec> in = specs(c, DTYPES.get(i));
            count(c.op(), c.op().name(), in, i);
            int column = DTYPES.size() + i;
            if (c.op() instanceof WholeGradient w) {
                gradient(w, in).ifPresent(g -> count(g, c.op().name(), inputs(w, in, g), column));
            }
        }
    }

    private void count(Op op, String row, List<TensorSpec> in, int column) {
        String way = way(op, row, in, column);
        List<Map<String, Integer>> cells = rows.computeIfAbsent(row, k -> IntStream.range(0, 2 * DTYPES.size())
                .<Map<String, Integer>>mapToObj(i -> new TreeMap<>())
                .toList());
        if (!way.isEmpty()) {
            cells.get(column).merge(way, 1, Integer::sum);
        }
    }

    /** Empty where the op takes no such dtype. */
    private String way(Op op, String row, List<TensorSpec> in, int column) {
        try {
            op.infer(in);
        } catch (ZooException e) {
            return "";
        }
        Optional<String> refusal = BACKEND.refusal(op, in);
        if (refusal.isPresent()) {
            String pass = column % DTYPES.size() == 0 ? column == 0 ? "forward" : "gradient" : "";
            if (!pass.isEmpty()) {
                reasons.computeIfAbsent(row, k -> new TreeSet<>()).add(pass + ": " + refusal.get());
            }
            return "decomposed";
        }
        // with no kernel of its own it runs in the reference's loops, in F64 whatever the dtype
        boolean own =
                Kernels.of(op).map(k -> k.refusal(op, effective(in)).isEmpty()).orElse(false);
        return own && BACKEND.kernel(op, in).equals("scalar") ? "plain loop" : own ? "vector" : "reference";
    }

    private static List<TensorSpec> effective(List<TensorSpec> in) {
        return in.stream()
                .map(t -> t.dtype() == DType.BF16 ? new TensorSpec(DType.F32, t.shape()) : t)
                .toList();
    }

    private static List<TensorSpec> specs(OpCase c, DType t) {
        return c.in().stream()
                .map(i -> i.spec().dtype().isFloating()
                        ? new TensorSpec(t, i.spec().shape())
                        : i.spec())
                .toList();
    }

    /** To every floating input from every floating result, where the dtype fits. */
    private static Optional<GradientOf> gradient(WholeGradient op, List<TensorSpec> in) {
        try {
            List<TensorSpec> out = op.infer(in);
            return Optional.of(new GradientOf(op, in.size(), out.size(), floating(out), floating(in)));
        } catch (ZooException e) {
            return Optional.empty();
        }
    }

    private static List<TensorSpec> inputs(WholeGradient op, List<TensorSpec> in, GradientOf g) {
        List<TensorSpec> out = op.infer(in);
        List<TensorSpec> all = new ArrayList<>(in);
        all.addAll(out);
        g.given().forEach(i -> all.add(out.get(i)));
        return all;
    }

    private static List<Integer> floating(List<TensorSpec> specs) {
        return IntStream.range(0, specs.size())
                .filter(i -> specs.get(i).dtype().isFloating())
                .boxed()
                .toList();
    }

    private String text() {
        StringBuilder s = new StringBuilder("| op | F32 | BF16, F16 | F64 | gradient F32 | BF16, F16 | F64 |\n");
        s.append("|---|---|---|---|---|---|---|\n");
        rows.forEach((op, cells) -> s.append("| ")
                .append(op)
                .append(" | ")
                .append(cells.stream().map(KernelTable::cell).collect(Collectors.joining(" | ")))
                .append(" |\n"));
        if (!reasons.isEmpty()) {
            s.append("\nDecomposed in F32:\n\n");
            reasons.forEach((op, why) -> s.append("- ")
                    .append(op)
                    .append(": ")
                    .append(String.join("; ", why))
                    .append("\n"));
        }
        return s.toString();
    }

    private static String cell(Map<String, Integer> ways) {
        if (ways.size() <= 1) {
            return ways.isEmpty() ? NONE : ways.keySet().iterator().next();
        }
        return ways.entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
    }
}
