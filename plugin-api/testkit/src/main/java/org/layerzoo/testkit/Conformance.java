package org.layerzoo.testkit;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.testkit.golden.GoldenFile;
import org.layerzoo.testkit.golden.GoldenResult;
import org.layerzoo.testkit.golden.GoldenRunner;
import org.layerzoo.testkit.rules.Portability;
import org.layerzoo.testkit.rules.Rules;

/**
 * The conformance suite: level 1 is everything a provider's declared contract promises plus the sheet's own Checks, level
 * 2 equality with the authors' code on golden files, level 3 agreement of other devices with the reference.
 */
public final class Conformance {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private static final List<String> HOST = List.of("auto", "cpu-vector", "reference");

    private final Options options;

    /**
     * How to run.
     *
     * @param level highest level to run, 1 to 3
     * @param backend as users name it; level 3 looks at it alone if it is a device's, else at every device that can be used
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
        List<Portability.Result> devices = new ArrayList<>();
        if (options.level() >= 3) {
            levelThree(s, devices, levels, reasons);
        }
        return new Verdict(s.id(), s.version(), levels, reasons, checks, golden, devices, checkNanos / 1e9);
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

    private void levelThree(
            Subject s,
            List<Portability.Result> out,
            SortedMap<Integer, Level> levels,
            SortedMap<Integer, String> reasons) {
        List<LayerProvider<?>> layers = s.providers().stream()
                .filter(LayerProvider.class::isInstance)
                .<LayerProvider<?>>map(LayerProvider.class::cast)
                .toList();
        if (layers.isEmpty()) {
            levels.put(3, Level.NOT_APPLICABLE);
            reasons.put(3, "it has no layer: its work is the host's");
            return;
        }
        List<String> devices = devices();
        if (devices.isEmpty()) {
            reasons.put(3, "no device other than the CPU can be used here (" + whyNone() + ")");
            return;
        }
        for (String d : devices) {
            for (LayerProvider<?> p : layers) {
                options.progress().accept(0.9, s.id() + ": " + prefix(p) + "on " + d);
                out.add(Portability.of(p, d, options.seed()));
            }
        }
        levels.put(3, out.stream().allMatch(Portability.Result::passed) ? Level.PASSED : Level.FAILED);
    }

    private List<String> devices() {
        if (!HOST.contains(options.backend())) {
            return List.of(options.backend());
        }
        return Dispatcher.backends().stream()
                .filter(b -> !HOST.contains(b.name()) && b.availability().usable())
                .map(Backend::name)
                .toList();
    }

    private static String whyNone() {
        return Dispatcher.backends().stream()
                .filter(b -> !HOST.contains(b.name()))
                .map(b -> b.name() + ": " + b.availability().summary())
                .collect(Collectors.joining("; "));
    }
}
