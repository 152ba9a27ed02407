package org.layerzoo.testkit;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.testkit.golden.GoldenFile;
import org.layerzoo.testkit.golden.GoldenResult;
import org.layerzoo.testkit.golden.GoldenRunner;
import org.layerzoo.testkit.rules.Rules;

/**
 * The conformance suite: level 1 is everything a provider's declared contract promises plus the sheet's own Checks, level
 * 2 equality with the authors' code on golden files.
 */
public final class Conformance {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Options options;

    /**
     * How to run.
     *
     * @param level highest level to run, 1 or 2
     * @param backend as users name it
     */
    public record Options(int level, String backend, long seed, BiConsumer<Double, String> progress) {
        public static Options of(int level) {
            return new Options(level, "auto", 1, (f, m) -> {});
        }
    }

    public Conformance(Options options) {
        this.options = options;
    }

    public Verdict run(Subject s) {
        SortedMap<Integer, Level> levels = new TreeMap<>();
        SortedMap<Integer, String> reasons = new TreeMap<>();
        List<CheckResult> checks = new ArrayList<>();
        List<GoldenResult> golden = new ArrayList<>();
        Dispatcher backend = Dispatcher.of(options.backend(), false);
        long checkNanos = 0;
        for (Provider<?> p : s.providers()) {
            rules(s, p, backend, checks);
            long before = PROCESS.getProcessCpuTime();
            sheetChecks(s, p, backend, checks);
            checkNanos += PROCESS.getProcessCpuTime() - before;
        }
        levels.put(1, checks.stream().allMatch(CheckResult::passed) ? Level.PASSED : Level.FAILED);
        if (options.level() >= 2) {
            levelTwo(s, backend, golden, levels, reasons);
        }
        return new Verdict(s.id(), s.version(), levels, reasons, checks, golden, checkNanos / 1e9);
    }

    private static String prefix(Provider<?> p) {
        return p.name().isEmpty() ? "" : p.name() + ": ";
    }

    private void rules(Subject s, Provider<?> p, Dispatcher backend, List<CheckResult> out) {
        String prefix = prefix(p);
        List<Rules.Named> rules = Rules.of(p, backend, options.seed());
        List<String> known = rules.stream().map(Rules.Named::name).toList();
        for (Waiver w : p.waivers()) {
            if (!known.contains(w.rule())) {
                out.add(CheckResult.failed(
                        prefix + "waivers",
                        1,
                        "waiver of '" + w.rule() + "', which is no rule for this provider: there are " + known));
            }
        }
        for (Rules.Named r : rules) {
            options.progress().accept(0.0, s.id() + ": " + prefix + r.name());
            var waiver =
                    p.waivers().stream().filter(w -> w.rule().equals(r.name())).findFirst();
            out.add(
                    waiver.isPresent()
                            ? CheckResult.passed(
                                    prefix + r.name(),
                                    1,
                                    "waived: " + waiver.get().reason())
                            : guarded(prefix + r.name(), r.body()));
        }
    }

    private void sheetChecks(Subject s, Provider<?> p, Dispatcher backend, List<CheckResult> out) {
        for (Check c : p.checks()) {
            options.progress().accept(0.5, s.id() + ": " + prefix(p) + c.name());
            out.add(sheetCheck(prefix(p), c, backend));
        }
    }

    private CheckResult sheetCheck(String prefix, Check c, Dispatcher backend) {
        return guarded(prefix + c.name(), () -> {
            CheckContext context = new CheckContext(Draws.seeded(options.seed()).at("check"));
            org.layerzoo.core.exec.Exec.run(
                    backend, () -> TensorScope.run(() -> c.body().run(context)));
            if (context.assertions() == 0) {
                throw new Check.Failed("the check asserted nothing");
            }
            return context.assertions() + " assertions";
        });
    }

    /** Runs one rule; whatever it throws is its failure. */
    static CheckResult guarded(String name, Rules.Body body) {
        try {
            return CheckResult.passed(name, 1, body.run());
        } catch (Check.Failed e) {
            return CheckResult.failed(name, 1, e.getMessage());
        } catch (RuntimeException | StackOverflowError e) {
            String at = e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
            return CheckResult.failed(name, 1, e instanceof org.layerzoo.core.ZooException ? e.getMessage() : e + at);
        }
    }

    private void levelTwo(
            Subject s,
            Dispatcher backend,
            List<GoldenResult> golden,
            SortedMap<Integer, Level> levels,
            SortedMap<Integer, String> reasons) {
        if (s.golden().isEmpty()) {
            levels.put(2, Level.NOT_APPLICABLE);
            reasons.put(2, "no vectors of the authors' code exist for this paper");
            return;
        }
        GoldenRunner runner = new GoldenRunner(s.providers(), backend);
        for (GoldenFile f : s.golden()) {
            options.progress().accept(0.8, s.id() + ": golden " + f.input().name());
            golden.add(runner.check(f));
        }
        levels.put(2, golden.stream().allMatch(GoldenResult::passed) ? Level.PASSED : Level.FAILED);
    }
}
