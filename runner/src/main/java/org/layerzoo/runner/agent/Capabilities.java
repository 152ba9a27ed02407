package org.layerzoo.runner.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.JobListener;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.LocalJobs;
import org.layerzoo.runner.child.Outcome;
import tools.jackson.databind.node.JsonNodeFactory;

/** Finds out what this machine can do, in a child as jobs have one: looking for a device runs drivers' code. */
final class Capabilities {
    /** Every machine has these. */
    private static final List<String> ALWAYS = List.of("cpu-vector", "reference");

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ChildJvm jvm;
    private final Consumer<String> out;

    Capabilities(ChildJvm jvm, Consumer<String> out) {
        this.jvm = jvm;
        this.out = out;
    }

    /** Names of the backends that a job would find. */
    List<String> backends() throws InterruptedException {
        try (LocalJobs jobs = LocalJobs.open(jvm)) {
            Limits limits = Limits.defaults().withWallTime(PATIENCE);
            Outcome outcome =
                    jobs.run("backends", JsonNodeFactory.instance.objectNode(), List.of(), limits, JobListener.NONE);
            if (outcome instanceof Outcome.Succeeded found) {
                return found.json()
                        .path("backends")
                        .valueStream()
                        .filter(backend -> backend.path("usable").asBoolean())
                        .map(backend -> backend.path("name").asString())
                        .toList();
            }
            out.accept("the backends of this machine could not be found out (" + outcome + "); offering " + ALWAYS);
        } catch (IOException e) {
            out.accept("the backends of this machine could not be found out (" + e + "); offering " + ALWAYS);
        }
        return ALWAYS;
    }
}
