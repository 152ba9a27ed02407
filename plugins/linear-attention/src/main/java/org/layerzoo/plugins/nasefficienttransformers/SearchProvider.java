package org.layerzoo.plugins.nasefficienttransformers;

import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Task;

/** A search with a form of its own by default. */
abstract class SearchProvider implements RecipeProvider<NasConfig> {
    @Override
    public final Class<NasConfig> config() {
        return NasConfig.class;
    }

    /** @param task one whose batches have the inputs of the form; the form's own when absent */
    @Override
    public final Recipe create(NasConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        return new NasRecipe(c, task, context);
    }
}
