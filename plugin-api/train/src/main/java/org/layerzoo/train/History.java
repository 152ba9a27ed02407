package org.layerzoo.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What each step reported, by stage and metric; NaN where a step did not report one. */
public final class History {
    private final Map<String, List<Double>> series = new LinkedHashMap<>();

    void add(int stage, int step, Map<String, Double> metrics) {
        metrics.forEach((name, value) -> {
            List<Double> s = series.computeIfAbsent(stage + "." + name, k -> new ArrayList<>());
            s.addAll(Collections.nCopies(Math.max(0, step - s.size()), Double.NaN));
            s.add(value);
        });
    }

    /** Values by step; empty when the stage reported no such metric. */
    public double[] of(int stage, String metric) {
        return series.getOrDefault(stage + "." + metric, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** Names "stage.metric". */
    public Set<String> names() {
        return Collections.unmodifiableSet(series.keySet());
    }

    Tensors state() {
        Tensors t = Tensors.empty();
        for (var e : series.entrySet()) {
            double[] v = e.getValue().stream().mapToDouble(Double::doubleValue).toArray();
            t = t.with(e.getKey(), Tensor.of(v, v.length));
        }
        return t;
    }

    void load(Tensors state) {
        series.clear();
        for (String name : state.names()) {
            series.put(
                    name,
                    new ArrayList<>(
                            Arrays.stream(state.get(name).toDoubles()).boxed().toList()));
        }
    }
}
