package org.layerzoo.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Results as runners hand them in. */
public final class Reports {
    private Reports() {}

    public static Map<String, Object> benchmark(String id, int... lengths) {
        List<Map<String, Object>> results = new ArrayList<>();
        for (int length : lengths) {
            results.add(Map.ofEntries(
                    Map.entry("id", id),
                    Map.entry("implementation", "layerzoo"),
                    Map.entry("unit", "core"),
                    Map.entry("pass", "forward"),
                    Map.entry("dtype", "f32"),
                    Map.entry("batch", 1),
                    Map.entry("length", length),
                    Map.entry("dim", 512),
                    Map.entry("heads", 8),
                    Map.entry("medianMs", length / 100.0),
                    Map.entry("runs", 20),
                    Map.entry("fallbacks", List.of()),
                    Map.entry("someNewField", 1)));
        }
        return Map.of(
                "environment", Map.of("cpu", "test", "cores", 2, "backend", "cpu-vector"),
                "results", results,
                "fits",
                        List.of(Map.of(
                                "id", id, "implementation", "layerzoo", "pass", "forward", "timeExponent", 1.0)));
    }

    public static Map<String, Object> verification(String id, boolean check, boolean golden) {
        return Map.of(
                "plugins",
                List.of(Map.of(
                        "id",
                        id,
                        "version",
                        "0.1.0",
                        "level",
                        2,
                        "passed",
                        check && golden,
                        "checks",
                        List.of(Map.of("name", "causality", "level", 1, "passed", check, "detail", "max 1e-7")),
                        "golden",
                        List.of(Map.of(
                                "case",
                                "layer",
                                "passed",
                                golden,
                                "tolerance",
                                1e-4,
                                "errors",
                                Map.of("out.y", 1e-7))))));
    }

    public static Map<String, Object> matrix() {
        return Map.of("kind", "weights", "rows", List.of(List.of(1.0, 0.0), List.of(0.5, 0.5)));
    }
}
