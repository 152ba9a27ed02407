package org.layerzoo.maven;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Writes one reproducible PF4J jar for each paper of the module. */
@Mojo(
        name = "package",
        defaultPhase = LifecyclePhase.PACKAGE,
        requiresDependencyResolution = ResolutionScope.TEST,
        threadSafe = true)
public final class PackageMojo extends PluginMojo {
    private static final String DESCRIBE = "org.layerzoo.testkit.Describe";

    /** Golden files, one folder a paper. */
    @Parameter(defaultValue = "${project.basedir}/src/golden")
    private File golden;

    /** A folder that gets a copy of each jar, for a registry that watches it; none when empty. */
    @Parameter(property = "zoo.plugins.dir")
    private File pluginsFolder;

    @Override
    void run() {
        List<Paper> papers =
                new ModuleScan(classes(), golden.toPath(), project().getVersion()).papers();
        Packager packager = new Packager(output(), papers.isEmpty() ? new SpiRange(0, 0) : spi(), this::describe);
        List<Path> jars = packager.pack(papers);
        if (pluginsFolder != null) {
            packager.publish(jars, pluginsFolder.toPath(), project().getArtifactId());
        }
        jars.forEach(jar -> getLog().info("plugin jar: " + jar));
    }

    private SpiRange spi() {
        return project().getArtifacts().stream()
                .filter(artifact -> artifact.getGroupId().equals("org.layerzoo")
                        && artifact.getArtifactId().equals("layerzoo-core"))
                .map(Artifact::getVersion)
                .map(SpiRange::of)
                .findFirst()
                .orElseThrow(() -> new BuildException(
                        "the project does not depend on org.layerzoo:layerzoo-core, the SPI its plugins"
                                + " implement; add it (or layerzoo-testkit) with scope provided"));
    }

    private byte[] describe(Paper paper, Path jar) {
        Path json = jar.resolveSibling(paper.slug() + ".plugin.json");
        List<Path> inputs = new ArrayList<>(classPath());
        inputs.add(jar);
        String key = Digest.of(inputs);
        return Packager.recall(json, key).orElseGet(() -> {
            byte[] fresh = describeFresh(paper, jar, json);
            Packager.remember(json, key);
            return fresh;
        });
    }

    private byte[] describeFresh(Paper paper, Path jar, Path json) {
        try {
            Files.deleteIfExists(json);
            ForkedJava.Outcome outcome =
                    java().run(DESCRIBE, List.of("--jar", jar.toString(), "--out", json.toString()));
            if (outcome.exitCode() != 0 || !Files.exists(json)) {
                throw new BuildException(paper.slug() + " could not be described (exit " + outcome.exitCode() + "):\n"
                        + outcome.output().strip());
            }
            outcome.output().lines().forEach(line -> getLog().info(paper.slug() + ": " + line));
            return Files.readAllBytes(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
