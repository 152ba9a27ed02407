package org.layerzoo.runner.job;

import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.runner.child.JobResult;

/** Runs a probe. Spec: plugin {id}, subject (a reference or a trained model's file), seed, size; the files are those of the report. */
public final class ProbeJob extends ZooJob {
    public ProbeJob() {
        super("probe");
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        String id = new Spec(spec.object("plugin").orElseThrow(() -> ZooException.badArgument("'plugin' is missing")))
                .text("id");
        Provider<?> p = Subjects.provider(work.plugins(), id);
        if (p instanceof ProbeProvider<?> probe) {
            return Reported.of(work, id, run(work, probe));
        }
        throw new ZooException(ErrorCode.BAD_ARGUMENT, "'" + id + "' is no probe but a " + Subjects.kind(p));
    }

    private static <C extends Record> Report run(Work work, ProbeProvider<C> probe) {
        Spec spec = work.spec();
        long seed = spec.number("seed", 0);
        Optional<String> reference = spec.optionalText("subject");
        if (reference.isPresent() && probe.subjects().isEmpty()) {
            throw ZooException.badArgument("this probe looks at no subject: leave --subject out");
        }
        Map<String, Model> subjects = reference
                .map(r -> Map.of(probe.subjects().getFirst().name(), new Subject(work, seed).of(r)))
                .orElse(Map.of());
        return probe.run(
                probe.defaults(TrainingJob.size(spec)),
                subjects,
                Optional.empty(),
                new JobRunContext(work, seed, 0, 1));
    }
}
