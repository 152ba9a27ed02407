package org.layerzoo.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;

/**
 * An op has the same package name in every module. What core must hold for each is checked; which packages have no kernel in a backend is
 * allowed (they run a plain loop or their decomposition) and written to target/op-packages.txt.
 */
class OpPackagesTest {
    private static final String OPS = "org/layerzoo/core/op";
    private static final Path CORE = Path.of("plugin-api/core");
    private static final Path CPU = Path.of("accelerator-backends/cpu-vector/src/main/java/org/layerzoo/cpuvector/op");
    private static final Path KERNELS = Path.of("accelerator-backends/kernels/src/main/kernels");

    /** Groups whose ops have no gradient: their results depend on no differentiable input. */
    private static final Set<String> WITHOUT_GRADIENT = Set.of("source");

    @Test
    void everyGroupOfPrimitivesHasRulesReferenceGradientCasesAndTests() {
        List<String> missing = new ArrayList<>();
        for (String group : groups()) {
            String prefix = Character.toUpperCase(group.charAt(0)) + group.substring(1);
            for (String part : List.of("Rules", "Reference", "Gradient", "Cases")) {
                boolean needed = !part.equals("Gradient") || !WITHOUT_GRADIENT.contains(group);
                Path file = CORE.resolve("src/main/java")
                        .resolve(OPS)
                        .resolve(group)
                        .resolve(prefix + part + ".java");
                if (needed && !exists(file)) {
                    missing.add(file.toString());
                }
            }
            Path tests = CORE.resolve("src/test/java").resolve(OPS).resolve(group);
            if (names(tests).isEmpty()) {
                missing.add(tests.toString());
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void everyPrimitiveStandsInTheCaseTableOfItsGroup() throws ReflectiveOperationException {
        List<String> missing = new ArrayList<>();
        for (Class<?> group : Primitive.class.getPermittedSubclasses()) {
            Set<Class<?>> covered = cases(group.getSimpleName()).stream()
                    .map(opCase -> opCase.op().getClass())
                    .collect(Collectors.toSet());
            Arrays.stream(group.getPermittedSubclasses())
                    .filter(op -> !covered.contains(op))
                    .forEach(op -> missing.add(group.getSimpleName() + "." + op.getSimpleName()));
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void everyFusedOpStandsInACaseTableAndItsPackageHasTests() throws IOException {
        Set<Class<?>> covered =
                FusedCases.all().stream().map(opCase -> opCase.op().getClass()).collect(Collectors.toSet());
        List<String> missing = new ArrayList<>();
        for (Class<?> op : fusedOps()) {
            String group = op.getPackageName().substring(op.getPackageName().lastIndexOf('.') + 1);
            if (!covered.contains(op)) {
                missing.add("case of " + group + "." + op.getSimpleName());
            }
            if (names(CORE.resolve("src/test/java").resolve(OPS).resolve(group)).isEmpty()) {
                missing.add("tests of " + group);
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void backendsHaveNoOpPackageThatCoreDoesNotKnow() throws IOException {
        Set<String> known = names(CORE.resolve("src/main/java").resolve(OPS));
        StringBuilder report = new StringBuilder("op package            cpu-vector  gpu kernels\n");
        for (String group : known) {
            if (!group.endsWith(".java")) {
                report.append(String.format("%-21s %-11s %s%n", group, state(CPU, group), state(KERNELS, group)));
            }
        }
        Files.writeString(
                Files.createDirectories(Checkout.root().resolve("build-checks/target"))
                        .resolve("op-packages.txt"),
                report);
        for (Path backend : List.of(CPU, KERNELS)) {
            Set<String> unknown = new TreeSet<>(names(backend));
            unknown.removeAll(known);
            unknown.removeIf(name -> name.contains("."));
            assertEquals(Set.of(), unknown, "packages of " + backend + " that core does not have");
        }
    }

    private static String state(Path backend, String group) {
        return names(backend.resolve(group)).isEmpty() ? "-" : "yes";
    }

    private static List<String> groups() {
        List<String> groups = Arrays.stream(Primitive.class.getPermittedSubclasses())
                .map(group -> group.getSimpleName().toLowerCase())
                .toList();
        assertTrue(groups.size() >= 7, "found only the groups " + groups);
        return groups;
    }

    private static List<OpCase> cases(String group) throws ReflectiveOperationException {
        Class<?> table = Class.forName("org.layerzoo.core.op." + group.toLowerCase() + "." + group + "Cases");
        try {
            return ((List<?>) table.getMethod("all").invoke(null))
                    .stream().map(OpCase.class::cast).toList();
        } catch (InvocationTargetException e) {
            throw new AssertionError(table + ".all() failed", e.getCause());
        }
    }

    private static List<Class<?>> fusedOps() throws IOException {
        Path classes = Checkout.root().resolve(CORE).resolve("target/classes");
        try (Stream<Path> files = Files.walk(classes.resolve(OPS))) {
            return files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class"))
                    .<Class<?>>map(name -> load(
                            name.substring(0, name.length() - ".class".length()).replace('/', '.')))
                    .filter(type -> FusedOp.class.isAssignableFrom(type) && type.isRecord())
                    // What lies beside the groups is machinery, such as a gradient that is itself an op.
                    .filter(type -> !type.getPackage().equals(FusedOp.class.getPackage()))
                    .toList();
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, OpPackagesTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean exists(Path relative) {
        return Files.exists(Checkout.root().resolve(relative));
    }

    private static Set<String> names(Path relative) {
        Path folder = Checkout.root().resolve(relative);
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
