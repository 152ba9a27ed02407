package org.layerzoo.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The source tree that the checks look at. */
final class Checkout {
    private static final Set<String> NOT_SOURCES = Set.of("target", "node_modules", ".git", ".m2", "build", ".idea");

    private Checkout() {}

    static Path root() {
        String root = System.getProperty("zoo.root", "..");
        return Path.of(root).toAbsolutePath().normalize();
    }

    /** Files written by hand whose path (relative to the root, with slashes) fulfils the condition, sorted. */
    static List<Path> files(Predicate<String> condition) {
        List<Path> found = new ArrayList<>();
        Path root = root();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    boolean source = folder.equals(root)
                            || !NOT_SOURCES.contains(folder.getFileName().toString());
                    return source ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (condition.test(relative(file))) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.stream().sorted().toList();
    }

    static List<Path> javaFiles(String folder) {
        return files(path -> path.startsWith(folder) && path.endsWith(".java"));
    }

    static String relative(Path file) {
        return root().relativize(file).toString().replace('\\', '/');
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
