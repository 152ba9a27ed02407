package org.layerzoo.checks;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.InnerClassesAttribute;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The public surface of compiled classes as text: types in order of their names, the members of each in order. */
final class ApiReport {
    /** What every record and every enum has. */
    private static final String GENERATED =
            "public (final )?(boolean equals\\(java.lang.Object\\)|int hashCode\\(\\)|java.lang.String toString\\(\\));"
                    + "|public static \\S+ valueOf\\(java.lang.String\\);|public static \\S+\\[] values\\(\\);";

    private ApiReport() {}

    private static String brief(String line) {
        return line.replaceAll("\\bjava\\.(lang|util|util\\.function|util\\.stream|nio\\.file)\\.(?=[A-Z])", "");
    }

    /** Types and members that are public or protected, from all classes of the folders. */
    static String of(List<Path> folders) {
        Map<String, Path> types = new TreeMap<>();
        Map<String, String> stability = new TreeMap<>();
        Map<String, Boolean> visible = new TreeMap<>();
        for (Path file : classFiles(folders)) {
            ClassModel model = parse(file);
            String name = model.thisClass().asInternalName();
            types.put(name, file);
            visible.put(name, isPublic(model));
            stability.put(name, stability(model));
        }
        List<String> shown =
                types.keySet().stream().filter(name -> reachable(name, visible)).toList();
        Map<String, List<String>> described =
                javap(shown.stream().map(types::get).toList());
        StringBuilder report = new StringBuilder();
        for (String name : shown) {
            List<String> lines = described.get(name.replace('/', '.'));
            report.append('\n')
                    .append(stability.get(name))
                    .append(brief(lines.getFirst()))
                    .append('\n');
            lines.stream()
                    .skip(1)
                    .filter(line -> !line.matches(GENERATED))
                    .map(ApiReport::brief)
                    .sorted()
                    .forEach(line -> report.append("  ").append(line).append('\n'));
        }
        return report.toString();
    }

    /** A nested type is reachable when all types around it are. */
    private static boolean reachable(String name, Map<String, Boolean> visible) {
        int dollar = name.lastIndexOf('$');
        return visible.getOrDefault(name, false) && (dollar < 0 || reachable(name.substring(0, dollar), visible));
    }

    private static List<Path> classFiles(List<Path> folders) {
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            try (Stream<Path> walk = Files.walk(folder)) {
                walk.filter(file -> file.toString().endsWith(".class")).forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPublic(ClassModel model) {
        // A nested type's own flags stand in the table of inner classes; the others are those of the class file.
        return model.findAttribute(Attributes.innerClasses()).map(InnerClassesAttribute::classes).stream()
                .flatMap(List::stream)
                .filter(inner -> inner.innerClass().equals(model.thisClass()))
                .findFirst()
                .map(inner -> inner.outerClass().isPresent()
                        && (inner.has(AccessFlag.PUBLIC) || inner.has(AccessFlag.PROTECTED)))
                .orElse(model.flags().has(AccessFlag.PUBLIC));
    }

    private static String stability(ClassModel model) {
        return model.findAttribute(Attributes.runtimeInvisibleAnnotations())
                .map(RuntimeInvisibleAnnotationsAttribute::annotations)
                .stream()
                .flatMap(List::stream)
                .map(annotation -> annotation.className().stringValue())
                .filter(name -> name.matches("Lorg/layerzoo/core/(Stable|Experimental);"))
                .map(name -> "@" + name.substring(name.lastIndexOf('/') + 1, name.length() - 1) + " ")
                .collect(Collectors.joining());
    }

    /** What javap says of each class: its declaration, then its members. */
    private static Map<String, List<String>> javap(List<Path> files) {
        Map<String, List<String>> described = new TreeMap<>();
        if (files.isEmpty()) {
            return described;
        }
        StringWriter out = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of("-protected"));
        files.forEach(file -> arguments.add(file.toString()));
        PrintWriter writer = new PrintWriter(out);
        int result =
                ToolProvider.findFirst("javap").orElseThrow().run(writer, writer, arguments.toArray(String[]::new));
        if (result != 0) {
            throw new IllegalStateException("javap failed: " + out);
        }
        List<String> current = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            if (line.endsWith(" {") && !line.startsWith(" ")) {
                current = new ArrayList<>(List.of(line.substring(0, line.length() - 2)));
                described.put(typeName(line), current);
            } else if (line.startsWith("  ")) {
                current.add(line.strip());
            }
        }
        return described;
    }

    private static String typeName(String declaration) {
        String words = declaration.replaceAll("<[^ ]*( [^ {]+)*?> ?", " ");
        String afterKind = words.replaceFirst("^.*?\\b(class|interface) ", "");
        return afterKind.split("[ <]")[0];
    }
}
