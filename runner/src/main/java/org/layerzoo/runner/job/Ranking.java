package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Metric;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Trained layers in the order of a task's main metric; of equal ones the smaller state goes first, then the faster. Those that no other beats in
 * quality, state and speed at once are marked: no choice among them is wrong.
 *
 * @param length at which speeds are compared: the longest that all were measured at, 0 for none
 */
record Ranking(Metric metric, int length, List<Place> places) {
    /** What a layer is ranked by. A state that nobody could count is as large as can be, a speed that was not measured as low. */
    record Place(String id, double quality, double state, double speed, JsonNode row) {
        private boolean beats(Place other, boolean ascending) {
            int q = ascending ? Double.compare(quality, other.quality) : Double.compare(other.quality, quality);
            int s = Double.compare(other.state, state);
            int v = Double.compare(speed, other.speed);
            return q >= 0 && s >= 0 && v >= 0 && q + s + v > 0;
        }
    }

    /** @param results rows of a benchmark, with {@code quality} in those of each trained layer */
    static Ranking of(ArrayNode results, List<String> ids, Metric metric) {
        List<String> trained = ids.stream()
                .distinct()
                .filter(id ->
                        rows(results, id).getFirst().at("/quality/metrics").has(metric.name()))
                .toList();
        int length = shared(results, trained);
        List<Place> places = new ArrayList<>();
        for (String id : trained) {
            List<JsonNode> rows = rows(results, id);
            JsonNode row = rows.stream()
                    .filter(r -> r.path("length").asInt() == length)
                    .findFirst()
                    .orElse(rows.getFirst());
            JsonNode quality = row.get("quality");
            places.add(new Place(
                    id,
                    quality.at("/metrics/" + metric.name()).asDouble(),
                    quality.at("/state/numbers").asDouble(Double.POSITIVE_INFINITY),
                    length == 0 ? 0 : row.path("tokensPerSecond").asDouble(0),
                    row));
        }
        Comparator<Place> best = Comparator.comparingDouble(Place::quality);
        places.sort((metric.ascending() ? best.reversed() : best)
                .thenComparingDouble(Place::state)
                .thenComparing(Comparator.comparingDouble(Place::speed).reversed()));
        return new Ranking(metric, length, places);
    }

    private static List<JsonNode> rows(ArrayNode results, String id) {
        return results.valueStream()
                .filter(r -> r.path("id").asString().equals(id)
                        && r.path("implementation").asString().equals("layerzoo"))
                .toList();
    }

    private static int shared(ArrayNode results, List<String> ids) {
        TreeSet<Integer> lengths = new TreeSet<>();
        results.forEach(r -> lengths.add(r.path("length").asInt()));
        for (int n : lengths.descendingSet()) {
            boolean all = ids.stream().allMatch(id -> rows(results, id).stream()
                    .anyMatch(r ->
                            r.path("length").asInt() == n && r.path("medianMs").isNumber()));
            if (all) {
                return n;
            }
        }
        return 0;
    }

    /** [{"rank", "id", "metric", "value", "state", "grows", "length", "medianMs", "tokensPerSecond", "parameters", "unbeaten"}]. */
    ArrayNode json() {
        ArrayNode out = Configs.mapper().createArrayNode();
        for (Place p : places) {
            JsonNode quality = p.row.get("quality");
            ObjectNode o = out.addObject().put("rank", out.size()).put("id", p.id);
            o.put("metric", metric.name())
                    .put("value", p.quality)
                    .put("chance", quality.path("chance").asDouble());
            JsonNode state = quality.path("state");
            if (state.has("numbers")) {
                o.put("state", state.get("numbers").asLong())
                        .put("grows", state.path("grows").asBoolean());
            } else {
                o.putNull("state").putNull("grows");
            }
            if (length > 0) {
                o.put("length", length).set("medianMs", p.row.get("medianMs"));
                o.put("tokensPerSecond", p.speed);
            } else {
                o.putNull("length").putNull("medianMs").putNull("tokensPerSecond");
            }
            o.put("parameters", quality.path("parameters").asLong());
            o.put("unbeaten", places.stream().noneMatch(other -> other.beats(p, metric.ascending())));
        }
        return out;
    }
}
