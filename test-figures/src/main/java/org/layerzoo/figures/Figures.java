package org.layerzoo.figures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one run of a test measured. With {@code -Dzoo.reliability.record=docs/results/reliability} a run that passed writes its figures there
 * as JSON and then the table of {@code docs/reliability.md} anew from all that lie there; without, it only prints them.
 */
public final class Figures {
    static final String FOLDER = "zoo.reliability.record";
    private static final String DOCUMENT = "docs/reliability.md";
    private static final String SETTINGS = "zoo.reliability.";
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final String test;
    private final String what;
    private final long begun = System.nanoTime();
    private final Map<String, Object> values = new LinkedHashMap<>();

    private Figures(String test, String what) {
        this.test = test;
        this.what = what;
    }

    /**
     * Begins a run.
     *
     * @param test the test's simple class name, under which the figures are kept; a later run replaces an earlier one
     * @param what was done, for the table: {@code 50,000 requests of seed 7}
     */
    public static Figures of(Class<?> test, String what) {
        return new Figures(test.getSimpleName(), what);
    }

    /** Keeps a figure; its name ends with its unit where it has one: {@code p99 ms}. */
    public Figures with(String name, long value) {
        values.put(name, value);
        return this;
    }

    /** Keeps a figure with two digits after the point. */
    public Figures with(String name, double value) {
        values.put(name, Math.round(value * 100) / 100.0);
        return this;
    }

    /** Says the figures and, when a folder is named, writes them. To be called when all that must hold was seen to hold. */
    public void done() {
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("test", test);
        run.put("what", what);
        run.put("seconds", (System.nanoTime() - begun) / 1_000_000_000);
        run.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        run.put("machine", machine());
        run.put("load", load());
        Path root = root(Path.of("").toAbsolutePath());
        run.put("settings", settings(System.getProperties(), root));
        run.put("figures", values);
        System.out.println(this);
        String folder = System.getProperty(FOLDER, "");
        if (!folder.isEmpty()) {
            write(root.resolve(folder), run);
            new FiguresTable(root.resolve(folder)).into(root.resolve(DOCUMENT));
        }
    }

    @Override
    public String toString() {
        return test + ", " + what + ": " + values;
    }

    private void write(Path folder, Map<String, Object> run) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(test + ".json"), JSON.writeValueAsString(run) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The repository's root above a module's folder, where Maven starts tests. */
    static Path root(Path module) {
        for (Path folder = module; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve(DOCUMENT))) {
                return folder;
            }
        }
        throw new IllegalStateException("expected " + DOCUMENT + " in " + module + " or above it, found none");
    }

    /** What the run was told; a path within the repository is given from its root, since it lies elsewhere in another clone. */
    static Map<String, String> settings(Properties properties, Path root) {
        var settings = new TreeMap<String, String>();
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith(SETTINGS) && !name.equals(FOLDER)) {
                settings.put(name, properties.getProperty(name).replace(root + "/", ""));
            }
        }
        return settings;
    }

    private static String machine() {
        return cpu() + ", " + Runtime.getRuntime().availableProcessors() + " cores, JDK " + Runtime.version();
    }

    private static String cpu() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /** How many wanted to run at the end, in the mean of the last minute; with what else ran on the machine. */
    private static double load() {
        return Math.round(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() * 10) / 10.0;
    }
}
