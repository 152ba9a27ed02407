package org.layerzoo.runner.job;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.runner.child.JobResult;

/** Runs a collection's comparison over the members that are present. Spec: plugin {id}, seed, size; the files are those of the report. */
public final class ComparisonJob extends ZooJob {
    public ComparisonJob() {
        super("comparison");
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        String id = new Spec(spec.object("plugin").orElseThrow(() -> ZooException.badArgument("'plugin' is missing")))
                .text("id");
        Provider<?> p = Subjects.provider(work.plugins(), id);
        if (p instanceof CollectionProvider<?> collection) {
            return Reported.of(work, id, run(work, collection));
        }
        throw new ZooException(ErrorCode.BAD_ARGUMENT, "'" + id + "' is no collection but a " + Subjects.kind(p));
    }

    private static <C extends Record> Report run(Work work, CollectionProvider<C> c) {
        JobRunContext context = new JobRunContext(work, work.spec().number("seed", 0), 0, 1);
        return c.compare(c.defaults(TrainingJob.size(work.spec())), work.plugins(), context);
    }
}
