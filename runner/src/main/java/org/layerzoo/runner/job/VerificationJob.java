package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.testkit.Conformance;
import org.layerzoo.testkit.Subject;
import org.layerzoo.testkit.Verdict;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs the testkit on plugins. Spec: plugins, level (1 to 4, default 2), golden (a folder in place of the packaged files), backend, seed. */
public final class VerificationJob extends ZooJob {
    private static final int DEFAULT_LEVEL = 2;
    private static final int HIGHEST_RUN_HERE = 3;

    public VerificationJob() {
        super("verification");
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        List<String> ids = spec.plugins();
        int level = spec.integer("level", DEFAULT_LEVEL);
        SelfTest.require("auto");
        Optional<Path> golden = spec.path("golden");
        ObjectNode json = Configs.mapper().createObjectNode();
        ArrayNode entries = json.putArray("plugins");
        for (int i = 0; i < ids.size(); i++) {
            double done = (double) i / ids.size();
            double share = 1.0 / ids.size();
            Plugin plugin = Subjects.plugin(work.plugins(), ids.get(i));
            Subject packaged = Subject.of(plugin);
            Subject subject = golden.map(packaged::withGolden).orElse(packaged);
            Conformance.Options options = new Conformance.Options(
                    Math.min(level, HIGHEST_RUN_HERE),
                    spec.text("backend", "auto"),
                    spec.number("seed", 1),
                    (fraction, message) -> work.progress(done + share * fraction, message));
            Verdict verdict = new Conformance(options).run(subject);
            golden.filter(dir -> subject.golden().isEmpty()).ifPresent(dir -> verdict.reasons()
                    .replace(2, "there is no golden file in " + dir.resolve(plugin.id())));
            entries.add(withLevelFour(verdict, level));
        }
        return JobResult.of(json);
    }

    /** Level 4 is not run here; the entry says why. */
    private static ObjectNode withLevelFour(Verdict verdict, int level) {
        if (level >= 4) {
            verdict.reasons().put(4, "the paper's claims are measured on the command line: zoo verify --level 4");
        }
        return verdict.toJson();
    }
}
