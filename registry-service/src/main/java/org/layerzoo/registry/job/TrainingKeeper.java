package org.layerzoo.registry.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.WeightsLineage;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.weights.WeightsStore;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A trained model becomes weights of the registry, with what it was made with as its lineage. */
@Component
class TrainingKeeper implements ResultKeeper {
    static final String MODEL = "model.safetensors";
    private static final TypeReference<List<Jobs.JobJar>> JARS = new TypeReference<>() {};

    private final WeightsStore weights;
    private final ArtifactStore store;
    private final JsonMapper json;

    TrainingKeeper(WeightsStore weights, ArtifactStore store, JsonMapper json) {
        this.weights = weights;
        this.store = store;
        this.json = json;
    }

    @Override
    public String kind() {
        return "training";
    }

    @Override
    public void keep(JobEntity job, Map<String, Object> result, Map<String, JobFiles.Stored> files) {
        // The same training gives the same file, which has its lineage already.
        Optional.ofNullable(files.get(MODEL))
                .filter(file -> !weights.knows(file.sha256()))
                .ifPresent(file -> {
                    try {
                        var facts = WeightsStore.facts(store.find(file.sha256())
                                .orElseThrow(() -> new IOException("the file of " + file.sha256() + " is missing")));
                        weights.keep(file.sha256(), facts, lineage(job, json.valueToTree(result)), "registry");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** What was trained is the subject of a recipe, and else the plugin itself. */
    private WeightsLineage lineage(JobEntity job, JsonNode result) {
        JsonNode spec = json.readTree(job.spec);
        String trained =
                result.path("subject").asString(spec.path("plugin").path("id").asString(""));
        String plugin = trained.split("[@/]", 2)[0];
        var lineage = new WeightsLineage().seed(spec.path("seed").asLong(0)).official(false);
        json.readValue(job.jars, JARS).stream()
                .filter(jar -> jar.id().equals(plugin))
                .findFirst()
                .ifPresent(jar -> lineage.plugin(jar.id()).version(jar.version()));
        text(spec, "task").ifPresent(lineage::task);
        text(result, "recipe").or(() -> text(spec, "recipe")).ifPresent(lineage::recipe);
        return lineage.metrics(metrics(result.path("metrics")));
    }

    private static Optional<String> text(JsonNode document, String name) {
        return Optional.of(document.path(name).asString("")).filter(text -> !text.isEmpty());
    }

    private static Map<String, Double> metrics(JsonNode said) {
        var metrics = new LinkedHashMap<String, Double>();
        said.properties().forEach(entry -> {
            if (entry.getValue().isNumber() && Double.isFinite(entry.getValue().doubleValue())) {
                metrics.put(entry.getKey(), entry.getValue().doubleValue());
            }
        });
        return metrics;
    }
}
