package org.layerzoo.runner.job;

import java.util.Locale;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.runner.child.JobContext;
import org.layerzoo.runner.child.JobHandler;
import org.layerzoo.runner.child.JobProblem;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.runner.child.PluginJar;

/** What the zoo's jobs share: the plugins of the job, the budget for tensors, and errors with the house's codes. */
abstract class ZooJob implements JobHandler {
    /** One job at work. */
    record Work(JobContext context, Spec spec, Plugins plugins) {
        void progress(double fraction, String message) {
            context.checkCancelled();
            context.progress(Math.clamp(fraction, 0.0, 1.0), message);
        }
    }

    private final String kind;

    ZooJob(String kind) {
        this.kind = kind;
    }

    @Override
    public final String kind() {
        return kind;
    }

    @Override
    public final JobResult run(JobContext context) throws Exception {
        Memory.budget(context.limits().memoryBytes());
        Spec spec = new Spec(context.spec());
        try (Plugins plugins =
                Plugins.of(context.plugins().stream().map(PluginJar::file).toList())) {
            return run(new Work(context, spec, plugins));
        } catch (ZooException e) {
            if (spec.flag("debug")) {
                e.printStackTrace();
            }
            throw new JobProblem(code(e), e.code().exitCode(), oneLine(e.getMessage()));
        }
    }

    /** Does the job. */
    abstract JobResult run(Work work) throws Exception;

    private static String code(ZooException e) {
        return e.code().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " / ");
    }
}
