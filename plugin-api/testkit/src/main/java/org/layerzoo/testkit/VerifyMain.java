package org.layerzoo.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.testkit.golden.GoldenResult;

/** Verifies one jar for the build: {@code --jar FILE --level N [--backend B]}; exit 1 when something failed. */
public final class VerifyMain {
    private VerifyMain() {}

    public static void main(String[] args) {
        Map<String, String> options = Arguments.parse(args, "jar", "level");
        try {
            JarLayout layout = JarLayout.check(Path.of(options.get("jar")));
            Conformance.Options o = new Conformance.Options(
                    Integer.parseInt(options.get("level")), options.getOrDefault("backend", "auto"), 1, (f, m) -> {});
            Verdict v = new Conformance(o).run(Subject.of(Plugins.loadAlone(layout)));
            List<String> failures = failures(v);
            failures.forEach(System.out::println);
            long ran = v.checks().size() + v.golden().size();
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d passed, %d failed, level %d, checks took %.1f s of CPU%n",
                    v.id(),
                    ran - failures.size(),
                    failures.size(),
                    v.level(),
                    v.checkSeconds());
            System.exit(v.passed() ? 0 : 1);
        } catch (ZooException e) {
            System.err.println(e.getMessage());
            System.exit(e.code().exitCode());
        }
    }

    private static List<String> failures(Verdict v) {
        List<String> out = new ArrayList<>();
        v.checks().stream().filter(c -> !c.passed()).forEach(c -> out.add("  FAILED " + c.name() + ": " + c.detail()));
        v.golden().stream().filter(g -> !g.passed()).map(VerifyMain::line).forEach(out::add);
        v.devices().forEach(d -> d.failures().forEach(f -> out.add("  FAILED on " + d.backend() + ": " + f)));
        return out;
    }

    private static String line(GoldenResult g) {
        return "  FAILED golden " + g.name() + ": " + g.detail();
    }
}
