package org.layerzoo.maven;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Runs the conformance suite and the golden files on each jar that {@code package} wrote; one that fails ends the build. */
@Mojo(
        name = "verify",
        defaultPhase = LifecyclePhase.VERIFY,
        requiresDependencyResolution = ResolutionScope.TEST,
        threadSafe = true)
public final class VerifyMojo extends PluginMojo {
    private static final String VERIFY = "org.layerzoo.testkit.VerifyMain";

    /** The highest level of proof to run. */
    @Parameter(property = "zoo.verify.level", defaultValue = "2")
    private int level;

    @Parameter(property = "skipTests", defaultValue = "false")
    private boolean skipTests;

    @Parameter(property = "maven.test.skip", defaultValue = "false")
    private boolean skipTestsAltogether;

    @Override
    void run() {
        if (skipTests || skipTestsAltogether) {
            getLog().info("not verified: tests are skipped");
            return;
        }
        List<Verification> verifications = new ArrayList<>();
        for (Path jar : Packager.jarsIn(output())) {
            verifications.add(verify(jar));
        }
        Verification.writeReports(verifications, output().resolveSibling("surefire-reports"));
        List<String> failed = verifications.stream()
                .filter(verification -> !verification.passed())
                .map(Verification::jar)
                .toList();
        if (!failed.isEmpty()) {
            throw new BuildException(
                    "not verified at level " + level + ": " + String.join(", ", failed) + " (details above)");
        }
    }

    private Verification verify(Path jar) {
        long start = System.nanoTime();
        ForkedJava.Outcome outcome =
                java().run(VERIFY, List.of("--jar", jar.toString(), "--level", Integer.toString(level)));
        boolean passed = outcome.exitCode() == 0;
        outcome.output().lines().forEach(line -> {
            if (passed) {
                getLog().info(line);
            } else {
                getLog().error(line);
            }
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Verification(jar.getFileName().toString(), level, passed, outcome.output(), seconds);
    }
}
