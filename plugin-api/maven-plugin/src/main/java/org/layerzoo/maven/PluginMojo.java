package org.layerzoo.maven;

import java.io.File;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;

/** What both goals share: where things are, and the JVM that runs the parts that need JDK 25. */
abstract class PluginMojo extends AbstractMojo {
    @Parameter(defaultValue = "${project}", readonly = true, required = true)
    private MavenProject project;

    /** Where the jars are written. */
    @Parameter(property = "zoo.plugins.output", defaultValue = "${project.build.directory}/plugins")
    private File output;

    /** The module's classes and resources. */
    @Parameter(defaultValue = "${project.build.outputDirectory}", readonly = true)
    private File classes;

    abstract void run();

    @Override
    public final void execute() throws MojoFailureException {
        try {
            run();
        } catch (BuildException | UncheckedIOException e) {
            throw new MojoFailureException(e.getMessage(), e);
        }
    }

    final MavenProject project() {
        return project;
    }

    final Path output() {
        return output.toPath();
    }

    final Path classes() {
        return classes.toPath();
    }

    /** All dependencies of the module, test scope among them (that is where a project names its backend), without the module itself. */
    final List<Path> classPath() {
        Set<Path> paths = new LinkedHashSet<>();
        for (Artifact artifact : project.getArtifacts()) {
            if (artifact.getFile() != null && artifact.getArtifactHandler().isAddedToClasspath()) {
                paths.add(artifact.getFile().toPath());
            }
        }
        return List.copyOf(paths);
    }

    final ForkedJava java() {
        Jdk jdk = Jdk.find(System.getenv(), System.getProperties());
        return new ForkedJava(jdk.java(), classPath(), output().resolve("work"));
    }
}
