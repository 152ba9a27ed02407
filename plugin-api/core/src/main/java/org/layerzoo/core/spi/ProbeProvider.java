package org.layerzoo.core.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.report.Report;

/** An experiment on models (or on itself) whose result is a report. */
@Stable(since = "0.1")
public non-sealed interface ProbeProvider<C extends Record> extends Provider<C> {
    /** Subjects with the sites they must declare; none unless the experiment says so. */
    default List<RecipeProvider.Slot> subjects() {
        return List.of();
    }

    Report run(C config, Map<String, Model> subjects, Optional<Task> task, RunContext context);
}
