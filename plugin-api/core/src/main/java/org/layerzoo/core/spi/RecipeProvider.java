package org.layerzoo.core.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.ZooException;

/** A way to train, adapt or rewrite layers, in stages. */
@Stable(since = "0.1")
public non-sealed interface RecipeProvider<C extends Record> extends Provider<C> {
    /** What it needs: subject, teacher, auxiliary models; none unless the recipe says so. */
    default List<Slot> slots() {
        return List.of();
    }

    Recipe create(C config, Map<String, Model> subjects, Optional<Task> task, RunContext context);

    /** A named need of a recipe or probe: ports, sites and parameters the subject must have. */
    record Slot(String name, List<String> sites, String doc) {
        /** The model that stands here. @param provider for the message @throws ZooException BAD_ARGUMENT if none does */
        public Model of(Map<String, Model> subjects, String provider) {
            return Optional.ofNullable(subjects.get(name))
                    .orElseThrow(() -> ZooException.badArgument(provider + " needs a " + name));
        }
    }
}
