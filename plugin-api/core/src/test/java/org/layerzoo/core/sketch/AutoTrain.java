package org.layerzoo.core.sketch;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.RuntimeProvider.Orchestrator;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import tools.jackson.databind.JsonNode;

/** autotrain: a job names a recipe, a subject and a task of the catalogue; nothing here that training by hand lacks. */
final class AutoTrain implements Orchestrator {
    @Override
    public JsonNode run(JsonNode job, Catalog catalog, RunContext context) {
        Map<String, Model> subjects = new HashMap<>();
        subjects.put("subject", catalog.build(LayerRef.of(job.path("subject").asString()), 1, DType.F32));
        Optional<Task> task = catalog.find(job.path("task").asString()).map(p -> task((TaskProvider<?>) p));
        Recipe recipe = recipe(find(catalog, job.path("recipe").asString()), subjects, task, context);
        int steps = recipe.stages().stream().mapToInt(TrainStage::steps).sum();
        return Configs.mapper()
                .createObjectNode()
                .put("steps", steps)
                .put("parameters", recipe.finished().params().count());
    }

    private static RecipeProvider<?> find(Catalog catalog, String ref) {
        return (RecipeProvider<?>) catalog.find(ref)
                .orElseThrow(() -> new ZooException(ErrorCode.UNKNOWN_PLUGIN, "no recipe '" + ref + "'"));
    }

    private static <C extends Record> Task task(TaskProvider<C> p) {
        return p.create(p.defaults(Size.TINY), 1);
    }

    private static <C extends Record> Recipe recipe(
            RecipeProvider<C> p, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        return p.create(p.defaults(Size.TINY), subjects, task, context);
    }
}
