package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;

/** A module in a temporary folder: sources are compiled when they are added, resources written as given. */
final class FakeModule {
    private final Path root;

    FakeModule(Path root) {
        this.root = root;
        compile(library(), "org/pf4j/Extension.java", "package org.pf4j; public @interface Extension {}");
        compile(library(), "org/pf4j/Plugin.java", "package org.pf4j; public class Plugin {}");
    }

    Path classes() {
        return root.resolve("target/classes");
    }

    Path golden() {
        return root.resolve("src/golden");
    }

    Path library() {
        return root.resolve("library");
    }

    Path output() {
        return root.resolve("target/plugins");
    }

    /** A complete paper with one provider in the usual package. */
    FakeModule paper(String slug) {
        String name = "org.layerzoo.plugins." + slug.replace("-", "");
        resource(slug + "/card.yaml", "title: " + slug + "\n");
        resource(slug + "/README.md", "# " + slug + "\n");
        return type(name + ".Provider", "@org.pf4j.Extension public class Provider {}");
    }

    /** Compiles a class of the module. */
    FakeModule type(String name, String declaration) {
        int dot = name.lastIndexOf('.');
        compile(classes(), name.replace('.', '/') + ".java", "package " + name.substring(0, dot) + "; " + declaration);
        return this;
    }

    FakeModule resource(String path, String content) {
        write(classes().resolve(path), content);
        return this;
    }

    FakeModule golden(String path, String content) {
        write(golden().resolve(path), content);
        return this;
    }

    List<Paper> papers() {
        return new ModuleScan(classes(), golden(), "0.1.0").papers();
    }

    /** Compiles one source file into a folder. */
    void compile(Path folder, String path, String source) {
        Path file = root.resolve("sources").resolve(path);
        write(file, source);
        try {
            Files.createDirectories(folder);
            Files.createDirectories(classes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String classPath = library() + java.io.File.pathSeparator + classes();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", classPath, "-d", folder.toString(), file.toString());
        if (result != 0) {
            throw new IllegalArgumentException("does not compile: " + source);
        }
    }

    private static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
