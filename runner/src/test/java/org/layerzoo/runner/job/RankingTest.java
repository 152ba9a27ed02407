package org.layerzoo.runner.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.config.Configs;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.CrossEntropy;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which of several trained layers comes first. */
class RankingTest {
    private final ArrayNode results = Configs.mapper().createArrayNode();

    private ObjectNode row(String id, int length, double tokens) {
        ObjectNode o = results.addObject()
                .put("id", id)
                .put("implementation", "layerzoo")
                .put("length", length);
        return tokens > 0
                ? o.put("medianMs", 1).put("tokensPerSecond", tokens)
                : o.putNull("medianMs").putNull("tokensPerSecond");
    }

    private void trained(String id, double value, long state, double tokens) {
        row(id, 64, 1);
        ObjectNode quality = row(id, 256, tokens).putObject("quality");
        quality.put("chance", 0.1).put("parameters", 9);
        quality.putObject("metrics").put("token_accuracy", value).put("cross_entropy", value);
        if (state > 0) {
            quality.putObject("state").put("numbers", state).put("grows", false);
        }
        ((ObjectNode) results.get(results.size() - 2)).set("quality", quality);
    }

    private static List<String> names(JsonNode ranking) {
        return ranking.valueStream().map(r -> r.get("id").asString()).toList();
    }

    @Test
    void qualityGoesFirstThenTheSmallerStateThenTheFaster() {
        trained("slow", 0.9, 32, 5);
        trained("large", 0.9, 64, 9);
        trained("fast", 0.9, 32, 7);
        trained("best", 0.95, 512, 1);
        trained("worst", 0.2, 512, 1);
        List<String> ids = List.of("slow", "large", "fast", "best", "worst");
        JsonNode r = Ranking.of(results, ids, Accuracy.ofTokens("targets")).json();
        assertEquals(List.of("best", "fast", "slow", "large", "worst"), names(r));
        assertEquals(
                List.of(1, 2, 3, 4, 5),
                r.valueStream().map(x -> x.get("rank").asInt()).toList());
        // slow has all of fast but its speed; large is the fastest; worst is best's without its quality.
        assertEquals(
                List.of(true, true, false, true, false),
                r.valueStream().map(x -> x.get("unbeaten").asBoolean()).toList());
        assertEquals(256, r.get(0).get("length").asInt());
        JsonNode entropy = Ranking.of(results, ids, new CrossEntropy("targets")).json();
        assertEquals("worst", entropy.get(0).get("id").asString(), "of a loss the least is best");
    }

    @Test
    void whatWasNotTrainedIsLeftOutAndWhatWasNotMeasuredIsUnknown() {
        trained("stream", 0.5, 32, 5);
        trained("none", 0.5, 0, 0);
        row("refused", 256, 3).putObject("quality").put("refused", "looks ahead");
        JsonNode r = Ranking.of(results, List.of("refused", "none", "stream"), Accuracy.ofTokens("targets"))
                .json();
        assertEquals(List.of("stream", "none"), names(r));
        assertTrue(r.get(1).get("state").isNull());
        assertEquals(64, r.get(0).get("length").asInt(), "the longest that all were measured at");
    }
}
