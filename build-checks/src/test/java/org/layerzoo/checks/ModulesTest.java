package org.layerzoo.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The arrows between modules as their POMs and sources state them, the modules included that a partial build leaves out. */
class ModulesTest {
    private static final Set<String> API = Set.of("core", "nn", "train", "data", "metrics", "report", "testkit");

    /** What each module may depend on at compile or run time; a family of plugins, the last line, on nothing (all is provided). */
    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("core", Set.of()),
            Map.entry("nn", Set.of("core")),
            Map.entry("train", Set.of("core", "nn", "data", "metrics")),
            Map.entry("data", Set.of("core")),
            Map.entry("metrics", Set.of("core")),
            Map.entry("report", Set.of("core", "metrics")),
            Map.entry("testkit", Set.of("core", "nn", "train", "data", "metrics", "report")),
            Map.entry("maven-plugin", Set.of()),
            Map.entry("cpu-vector", Set.of("core")),
            Map.entry("kernels", Set.of("core")),
            Map.entry("cuda", Set.of("core", "kernels")),
            Map.entry("oneapi", Set.of("core", "kernels")),
            Map.entry("runner", union(API, "cpu-vector", "cuda", "oneapi")),
            Map.entry("layerzoo", union(API, "runner", "cpu-vector", "cuda", "oneapi")),
            Map.entry("registry-cli", union(API, "runner", "cpu-vector", "cuda", "oneapi", "registry-client")),
            // Of core only the constant of the SPI's version, which the compiler copies: see the service's SpiTest.
            Map.entry("registry-service", Set.of("core", "runner", "web-ui")),
            Map.entry("registry-client", Set.of()),
            Map.entry("web-ui", Set.of()),
            Map.entry("benchmarks", union(API, "runner", "cpu-vector", "cuda", "oneapi")));

    private static Set<String> union(Set<String> base, String... more) {
        return java.util.stream.Stream.concat(base.stream(), java.util.Arrays.stream(more))
                .collect(Collectors.toUnmodifiableSet());
    }

    private record Module(String folder, String name, Set<String> dependencies) {}

    @Test
    void everyModuleDependsOnlyOnWhatTheArrowsAllow() throws Exception {
        List<String> problems = new ArrayList<>();
        for (Module module : modules()) {
            if (module.folder().equals("build-checks")) {
                continue; // looks at all of them
            }
            Set<String> allowed =
                    module.folder().startsWith("plugins/") ? Set.of() : ALLOWED.getOrDefault(module.name(), Set.of());
            module.dependencies().stream()
                    .filter(dependency -> !allowed.contains(dependency))
                    .forEach(dependency -> problems.add(module.folder() + " must not depend on " + dependency));
        }
        assertEquals(List.of(), problems);
    }

    @Test
    void onlyTheRegistryServiceKnowsSpring() {
        List<String> offenders = mentions("", Pattern.compile("\\borg\\.springframework\\."), "registry-service/");
        assertEquals(List.of(), offenders);
    }

    @Test
    void theRegistryServiceLoadsNoPluginCode() {
        Pattern loading = Pattern.compile(
                "\\borg\\.layerzoo\\.plugins\\b|\\borg\\.pf4j\\b|\\bURLClassLoader\\b|\\bdefineClass\\b|\\bServiceLoader\\b");
        assertEquals(List.of(), mentions("registry-service/src/main/", loading, "-"));
    }

    /** But for the module that exists for tests alone. */
    @Test
    void mainCodeKnowsNoTestFramework() {
        Pattern junit = Pattern.compile("^import (static )?org\\.junit\\.", Pattern.MULTILINE);
        List<String> offenders = mentions("", junit, "test-figures/").stream()
                .filter(file -> file.contains("/src/main/"))
                .toList();
        assertEquals(List.of(), offenders);
    }

    @Test
    void theFlagsInThePomAreThoseOfJvmOptions() {
        List<String> flags = Checkout.read(Checkout.root().resolve("jvm.options"))
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        String pom = Checkout.read(Checkout.root().resolve("pom.xml"));
        String expected = "<zoo.jvm.options>" + String.join(" ", flags) + "</zoo.jvm.options>";
        assertTrue(pom.contains(expected), "pom.xml must hold " + expected);
    }

    /** Java files under a prefix, but not under the other, that contain the pattern outside comments of whole lines. */
    private static List<String> mentions(String prefix, Pattern pattern, String except) {
        List<String> found = new ArrayList<>();
        for (Path file : Checkout.javaFiles(prefix)) {
            String path = Checkout.relative(file);
            boolean own = path.startsWith("build-checks/") || path.startsWith(except);
            String code = Checkout.read(file)
                    .lines()
                    .filter(line -> !line.strip().matches("(\\*|//|/\\*).*"))
                    .collect(Collectors.joining("\n"));
            if (!own && pattern.matcher(code).find()) {
                found.add(path);
            }
        }
        return found;
    }

    private static List<Module> modules() throws Exception {
        List<Module> modules = new ArrayList<>();
        for (Path pom : Checkout.files(path -> path.endsWith("pom.xml") && !path.contains("/src/"))) {
            Element project = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(Checkout.read(pom).getBytes(StandardCharsets.UTF_8)))
                    .getDocumentElement();
            String folder = Checkout.relative(pom.getParent());
            modules.add(new Module(folder, folder.substring(folder.lastIndexOf('/') + 1), dependencies(project)));
        }
        assertTrue(modules.size() > 10, "found " + modules.size() + " modules");
        return modules;
    }

    private static Set<String> dependencies(Element project) {
        Set<String> names = new java.util.TreeSet<>();
        NodeList dependencies = project.getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            boolean managed =
                    dependency.getParentNode().getParentNode().getNodeName().equals("dependencyManagement");
            boolean shipped = !Set.of("test", "provided").contains(text(dependency, "scope"));
            if (!managed && shipped && text(dependency, "groupId").matches("org\\.layerzoo|\\$\\{project\\.groupId}")) {
                names.add(text(dependency, "artifactId").replaceFirst("^layerzoo-", ""));
            }
        }
        return names;
    }

    private static String text(Element element, String name) {
        NodeList children = element.getElementsByTagName(name);
        return children.getLength() == 0
                ? ""
                : children.item(0).getTextContent().strip();
    }
}
