package org.layerzoo.maven;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sorts the files of a module's classes folder to its papers. A paper is a folder {@code <slug>/} with a card.yaml; its classes lie
 * in {@code org.layerzoo.plugins.<slug without hyphens>} or in the {@code plugin.package} of its plugin.properties. Compiled GPU kernels,
 * which share one folder, are its own where their names begin with the slug, hyphens as underscores, and an underscore. All problems are
 * gathered and reported at once.
 */
final class ModuleScan {
    private static final String PREFIX = "org.layerzoo.plugins.";
    private static final String SLUG = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
    private static final String SEMVER = "\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?";

    private final Path classes;
    private final Path golden;
    private final String defaultVersion;
    private final List<String> problems = new ArrayList<>();
    private final SortedMap<String, List<String>> orphans = new TreeMap<>();

    ModuleScan(Path classes, Path golden, String defaultVersion) {
        this.classes = classes;
        this.golden = golden;
        this.defaultVersion = defaultVersion;
    }

    /**
     * The papers in order of their slugs; empty when the module holds neither classes nor cards.
     *
     * @throws BuildException naming every file that belongs nowhere, every part that is missing, every forbidden reference
     */
    List<Paper> papers() {
        SortedMap<String, Draft> drafts = drafts();
        for (String file : files(classes)) {
            assign(file, drafts);
        }
        reportOrphans(drafts);
        for (String file : files(golden)) {
            assignGolden(file, drafts);
        }
        Map<String, String> owners = new HashMap<>();
        drafts.values().forEach(draft -> draft.facts.forEach(facts -> owners.put(facts.name(), draft.slug)));
        drafts.values().forEach(draft -> check(draft, owners));
        if (!problems.isEmpty()) {
            throw new BuildException(
                    problems.size() == 1
                            ? problems.get(0)
                            : problems.size() + " problems:\n  " + String.join("\n  ", problems));
        }
        return drafts.values().stream().map(this::paper).toList();
    }

    private SortedMap<String, Draft> drafts() {
        SortedMap<String, Draft> drafts = new TreeMap<>();
        for (String file : files(classes)) {
            int slash = file.indexOf('/');
            if (slash > 0 && file.indexOf('/', slash + 1) < 0 && file.endsWith("/card.yaml")) {
                String slug = file.substring(0, slash);
                if (slug.matches(SLUG)) {
                    drafts.put(slug, new Draft(slug, properties(slug)));
                } else {
                    problems.add("folder " + slug
                            + "/ holds a card.yaml but its name is no plugin id; expected lower-case words"
                            + " joined by hyphens, such as flash-attention-2");
                }
            }
        }
        return drafts;
    }

    private Map<String, String> properties(String slug) {
        Path file = classes.resolve(slug).resolve("plugin.properties");
        if (!Files.exists(file)) {
            return Map.of();
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            problems.add(slug + "/plugin.properties cannot be read: " + e.getMessage());
            return Map.of();
        }
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(
                        key -> key, key -> properties.getProperty(key).trim()));
    }

    private void assign(String file, SortedMap<String, Draft> drafts) {
        Path source = classes.resolve(file);
        String top = file.contains("/") ? file.substring(0, file.indexOf('/')) : "";
        if (drafts.containsKey(top)) {
            String entry = file.substring(top.length() + 1);
            if (reserved(entry)) {
                problems.add(file + " would overwrite " + entry + ", which the packager writes");
            } else if (!entry.equals(PluginJar.PROPERTIES)) {
                drafts.get(top).files.put(entry, source);
            }
            return;
        }
        if (file.startsWith(PluginJar.KERNELS)) {
            assignKernel(file, drafts);
            return;
        }
        for (Draft draft : drafts.values()) {
            if (file.startsWith(draft.basePackage.replace('.', '/') + "/")) {
                draft.files.put(file, source);
                if (file.endsWith(".class")) {
                    draft.facts.add(facts(source, file));
                }
                return;
            }
        }
        // An annotation processor's index covers the module, not a paper; each jar gets its own.
        if (!file.equals(PluginJar.INDEX) && !file.startsWith("META-INF/maven/")) {
            String folder = file.substring(0, file.lastIndexOf('/') + 1);
            orphans.computeIfAbsent(folder, key -> new ArrayList<>()).add(file);
        }
    }

    private void assignKernel(String file, SortedMap<String, Draft> drafts) {
        String name = file.substring(PluginJar.KERNELS.length());
        drafts.values().stream()
                .filter(draft -> name.startsWith(draft.kernelPrefix()))
                .max(Comparator.comparingInt(draft -> draft.slug.length()))
                .ifPresentOrElse(
                        draft -> draft.files.put(file, classes.resolve(file)),
                        () -> problems.add("compiled kernel " + name
                                + " belongs to no paper; expected a source whose name begins with "
                                + drafts.values().stream()
                                        .map(Draft::kernelPrefix)
                                        .collect(Collectors.joining(" or "))));
    }

    private void reportOrphans(SortedMap<String, Draft> drafts) {
        for (List<String> files : orphans.values()) {
            String others =
                    files.size() == 1 ? " belongs" : " and " + (files.size() - 1) + " more of its folder belong";
            problems.add(
                    files.get(0) + others + " to no paper; papers here: " + describe(drafts)
                            + "; expected src/main/resources/<slug>/card.yaml for its package, or the file inside a paper's package");
        }
    }

    private static String describe(SortedMap<String, Draft> drafts) {
        return drafts.isEmpty()
                ? "none"
                : drafts.values().stream()
                        .map(draft -> draft.slug + " (" + draft.basePackage + ")")
                        .collect(Collectors.joining(", "));
    }

    private static boolean reserved(String entry) {
        return entry.equals(PluginJar.MANIFEST)
                || entry.equals(PluginJar.INDEX)
                || entry.startsWith("META-INF/layerzoo/")
                || entry.endsWith(".class");
    }

    private void assignGolden(String file, SortedMap<String, Draft> drafts) {
        int slash = file.indexOf('/');
        Draft draft = slash < 0 ? null : drafts.get(file.substring(0, slash));
        if (draft == null) {
            problems.add("golden file " + file + " belongs to no paper; expected src/golden/<slug>/ with one of: "
                    + describe(drafts));
        } else {
            draft.files.put(PluginJar.GOLDEN + file.substring(slash + 1), golden.resolve(file));
        }
    }

    private void check(Draft draft, Map<String, String> owners) {
        if (!draft.files.containsKey("README.md")) {
            problems.add(draft.slug + " has no README.md; expected src/main/resources/" + draft.slug + "/README.md");
        }
        if (draft.facts.isEmpty()) {
            problems.add(draft.slug + " has a card but no class in package " + draft.basePackage
                    + "; another package is named by plugin.package in its plugin.properties");
        } else if (draft.extensions().isEmpty()) {
            problems.add(draft.slug + " has no class with @org.pf4j.Extension in " + draft.basePackage
                    + ", so PF4J would find nothing");
        }
        if (!version(draft).matches(SEMVER)) {
            problems.add(draft.slug + " has version " + version(draft) + "; expected SemVer such as 0.1.0");
        }
        if (draft.pluginClasses().size() > 1) {
            problems.add(
                    draft.slug + " has more than one org.pf4j.Plugin: " + String.join(", ", draft.pluginClasses()));
        }
        for (ClassFacts facts : draft.facts) {
            for (String reference : facts.references()) {
                String owner = owners.getOrDefault(reference, draft.slug);
                if (!owner.equals(draft.slug)) {
                    problems.add(facts.name() + " of " + draft.slug + " uses " + reference + " of " + owner
                            + "; each jar is loaded alone, so what two papers share belongs to layerzoo-nn");
                }
            }
        }
    }

    private Paper paper(Draft draft) {
        String pluginClass = draft.pluginClasses().isEmpty()
                ? "org.pf4j.Plugin"
                : draft.pluginClasses().first();
        return new Paper(
                draft.slug,
                version(draft),
                draft.basePackage,
                pluginClass,
                List.copyOf(draft.extensions()),
                draft.properties,
                draft.files);
    }

    private String version(Draft draft) {
        return draft.properties.getOrDefault("plugin.version", defaultVersion);
    }

    private ClassFacts facts(Path source, String file) {
        try {
            return ClassFacts.read(Files.readAllBytes(source), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SortedSet<String> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return new TreeSet<>();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Draft {
        private final String slug;
        private final Map<String, String> properties;
        private final String basePackage;
        private final SortedMap<String, Path> files = new TreeMap<>();
        private final List<ClassFacts> facts = new ArrayList<>();

        Draft(String slug, Map<String, String> properties) {
            this.slug = slug;
            this.properties = properties;
            this.basePackage = properties.getOrDefault("plugin.package", PREFIX + slug.replace("-", ""));
        }

        String kernelPrefix() {
            return slug.replace('-', '_') + "_";
        }

        SortedSet<String> extensions() {
            return facts.stream()
                    .filter(ClassFacts::extension)
                    .map(ClassFacts::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        SortedSet<String> pluginClasses() {
            return facts.stream()
                    .filter(fact -> fact.superName().equals("org.pf4j.Plugin"))
                    .map(ClassFacts::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
