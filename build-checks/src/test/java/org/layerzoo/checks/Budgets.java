package org.layerzoo.checks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.layerzoo.checks.Sources.Measured;
import org.layerzoo.checks.Sources.Unit;

/**
 * The size budgets and the exceptions that budgets.csv grants, each line {@code what,limit,reason}; {@code what} is a plugin id, {@code median}, the
 * path of a Java file, that with {@code #} and a method's name, or {@code checks of ID} with seconds as the limit.
 */
final class Budgets {
    static final int CLASS = 400;
    static final int METHOD = 40;
    static final int KERNEL = 300;
    static final int PLUGIN = 300;
    static final int PLUGIN_MEDIAN = 150;

    /** Processor time for the Checks of a paper, in seconds. */
    static final double CHECKS = 4;

    /** A machine that is slower or shared takes so much longer for one paper; the sum over all papers has no such room. */
    static final double SLOWER = 2;

    private static final String CHECKS_OF = "checks of ";
    private static final String PACKAGES = "/org/layerzoo/plugins/";

    /** Methods that map golden cases, list checks or hold presets. */
    private static final String NOT_COUNTED =
            "(?s).*Golden(Case|Function)\\b.*|.*\\bdefaults\\W*Size\\b.*|.*\\bList<Check> checks.*";

    /** A larger limit for one thing, with the reason. */
    record Exception(int limit, String reason) {}

    private final Map<String, Exception> exceptions = new TreeMap<>();
    private final Set<String> used = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    Budgets(String csv) {
        List<String> lines = csv.lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty() || !lines.getFirst().equals("what,limit,reason")) {
            problems.add("budgets.csv must begin with the line what,limit,reason");
            return;
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", 3);
            if (cells.length < 3 || !cells[1].matches("\\d+") || cells[2].isBlank()) {
                problems.add("budgets.csv: expected what,limit,reason, found: " + line);
            } else {
                exceptions.put(cells[0], new Exception(Integer.parseInt(cells[1]), cells[2]));
            }
        }
    }

    void checkClass(String path, Unit type) {
        check(path, path + " (" + type.name() + ")", type.lines(), CLASS);
    }

    void checkMethod(String path, Unit method) {
        check(path + "#" + method.name(), path + ": method " + method.name(), method.lines(), METHOD);
    }

    void checkKernel(String path, int lines) {
        check(path, path, lines, KERNEL);
    }

    /** Checks each plugin and, over all of them, the median. */
    void checkPlugins(Map<String, Integer> linesBySlug) {
        linesBySlug.forEach((slug, lines) -> check(slug, "plugin " + slug, lines, PLUGIN));
        if (!linesBySlug.isEmpty()) {
            List<Integer> sizes = linesBySlug.values().stream().sorted().toList();
            int median = sizes.get((sizes.size() - 1) / 2);
            check("median", "the median plugin of " + linesBySlug, median, PLUGIN_MEDIAN);
        }
    }

    /** Checks the time that each paper's Checks took and, over all papers, the sum. */
    void checkTimes(Map<String, Double> secondsById) {
        double sum = 0;
        double allowed = 0;
        for (Map.Entry<String, Double> paper : secondsById.entrySet()) {
            Exception exception = exceptions.get(CHECKS_OF + paper.getKey());
            double own = exception == null ? CHECKS : exception.limit();
            if (paper.getValue() > SLOWER * own) {
                problems.add(String.format(
                        Locale.ROOT,
                        "the checks of %s took %.1f s of CPU; the limit is %.0f s (%.0f on a slow machine)",
                        paper.getKey(),
                        paper.getValue(),
                        own,
                        SLOWER * own));
            }
            sum += paper.getValue();
            allowed += own;
        }
        if (sum > allowed) {
            problems.add(String.format(
                    Locale.ROOT,
                    "the checks of %d papers took %.1f s of CPU; the limit is %.0f",
                    secondsById.size(),
                    sum,
                    allowed));
        }
    }

    private void check(String key, String what, int lines, int limit) {
        Exception exception = exceptions.get(key);
        if (exception != null && lines > limit) {
            used.add(key);
        }
        int allowed = exception == null ? limit : Math.max(limit, exception.limit());
        if (lines > allowed) {
            problems.add(what + " has " + lines + " lines of code; the limit is " + allowed);
        }
    }

    /** All problems, exceptions that nothing needs any more among them. */
    List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        exceptions.keySet().stream()
                .filter(key -> !used.contains(key) && !key.startsWith(CHECKS_OF))
                .forEach(key -> all.add("budgets.csv grants " + key + " an exception that it does not need"));
        return all;
    }

    /**
     * Lines of code by plugin id, for the files of {@code plugins/}. Config records, golden maps, checks and presets are not counted: they
     * grow with what the paper says, not with how it is written.
     */
    static Map<String, Integer> pluginSizes(Measured plugins, Set<String> ids) {
        Map<String, String> idByPackage = ids.stream().collect(Collectors.toMap(id -> id.replace("-", ""), id -> id));
        Map<String, Integer> sizes = new TreeMap<>();
        plugins.types().stream()
                .filter(type -> counts(type.file()))
                .forEach(type -> sizes.merge(id(type, idByPackage), type.lines(), Integer::sum));
        plugins.methods().stream()
                .filter(method -> counts(method.file()) && method.signature().matches(NOT_COUNTED))
                .forEach(method -> sizes.merge(id(method, idByPackage), -method.lines(), Integer::sum));
        return sizes;
    }

    private static boolean counts(Path file) {
        String path = Checkout.relative(file);
        boolean named = file.getFileName().toString().matches("\\w*(Config|Golden\\w*|Presets)\\.java");
        return path.contains(PACKAGES) && !path.contains("/check/") && !named && !describesConfig(file);
    }

    /** The components of a config record are described with @Doc; nothing else has that annotation. */
    private static boolean describesConfig(Path file) {
        return Files.exists(file) && Checkout.read(file).contains("@Doc(");
    }

    private static String id(Unit unit, Map<String, String> idByPackage) {
        String path = Checkout.relative(unit.file());
        String inside = path.substring(path.indexOf(PACKAGES) + PACKAGES.length());
        String name = inside.substring(0, inside.indexOf('/'));
        return idByPackage.getOrDefault(name, name);
    }
}
