package org.layerzoo.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.artifact.DefaultArtifact;
import org.apache.maven.artifact.handler.DefaultArtifactHandler;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both goals against real forked JVMs; made-up main classes stand in the testkit's place and tell how they were called. */
class MojoTest {
    @TempDir
    private Path folder;

    private FakeModule module;

    @BeforeEach
    void createModule() {
        module = new FakeModule(folder);
    }

    private void testkit(String describe, String verify) {
        main("Describe", describe);
        main("VerifyMain", verify);
    }

    private void main(String name, String body) {
        module.compile(
                module.library(),
                "org/layerzoo/testkit/" + name + ".java",
                "package org.layerzoo.testkit; import java.nio.file.*; public class " + name
                        + " { public static void main(String[] a) throws Exception { " + body + " } }");
    }

    private <M extends PluginMojo> M configured(M mojo) throws ReflectiveOperationException {
        MavenProject project = new MavenProject();
        project.setArtifactId("family");
        project.setVersion("0.1.0");
        project.setArtifacts(new LinkedHashSet<>(Set.of(core())));
        set(mojo, PluginMojo.class, "project", project);
        set(mojo, PluginMojo.class, "output", module.output().toFile());
        set(mojo, PluginMojo.class, "classes", module.classes().toFile());
        return mojo;
    }

    private Artifact core() {
        DefaultArtifactHandler handler = new DefaultArtifactHandler("jar");
        handler.setAddedToClasspath(true);
        Artifact core = new DefaultArtifact("org.layerzoo", "layerzoo-core", "0.1.0", "provided", "jar", null, handler);
        core.setFile(module.library().toFile());
        return core;
    }

    private static void set(Object mojo, Class<?> type, String field, Object value)
            throws ReflectiveOperationException {
        Field declared = type.getDeclaredField(field);
        declared.setAccessible(true);
        declared.set(mojo, value);
    }

    private PackageMojo packageMojo() throws ReflectiveOperationException {
        PackageMojo mojo = configured(new PackageMojo());
        set(mojo, PackageMojo.class, "golden", module.golden().toFile());
        return mojo;
    }

    private VerifyMojo verifyMojo() throws ReflectiveOperationException {
        VerifyMojo mojo = configured(new VerifyMojo());
        set(mojo, VerifyMojo.class, "level", 2);
        return mojo;
    }

    private String description() throws IOException {
        try (JarFile jar =
                new JarFile(module.output().resolve("mamba-0.1.0.jar").toFile())) {
            return new String(
                    jar.getInputStream(jar.getEntry("META-INF/layerzoo/plugin.json"))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
        }
    }

    @Test
    void theDescriptionIsWrittenByAForkedJvmWithTheProjectsFlags() throws Exception {
        testkit("""
                if (!a[0].equals("--jar") || !a[2].equals("--out") || a.length != 4) System.exit(9);
                String vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() + "";
                Files.writeString(Path.of(a[3]), Runtime.version().feature() + " " + vector + " " + Files.exists(Path.of(a[1])));
                """, "");
        module.paper("mamba");
        packageMojo().execute();
        String[] words = description().split(" ");
        assertTrue(Integer.parseInt(words[0]) >= 25);
        assertEquals("true true", words[1] + " " + words[2]);
    }

    @Test
    void anUnchangedJarIsNotDescribedAgainAndAChangedOneIs() throws Exception {
        testkit("Files.writeString(Path.of(a[3]), System.nanoTime() + \"\");", "");
        module.paper("mamba");
        packageMojo().execute();
        String first = description();
        packageMojo().execute();
        assertEquals(first, description());
        module.resource("mamba/card.yaml", "title: changed");
        packageMojo().execute();
        assertFalse(first.equals(description()));
    }

    @Test
    void aDescriptionThatFailsFailsTheGoalWithWhatItSaid() throws Exception {
        testkit("System.err.println(\"config field heads has no default\"); System.exit(1);", "");
        module.paper("mamba");
        String message = assertThrows(
                        MojoFailureException.class, () -> packageMojo().execute())
                .getMessage();
        assertEquals("mamba could not be described (exit 1):\nconfig field heads has no default", message);
    }

    @Test
    void jarsAreCopiedToTheWatchedFolder() throws Exception {
        testkit("Files.writeString(Path.of(a[3]), \"{}\");", "");
        module.paper("mamba");
        PackageMojo mojo = packageMojo();
        File watched = folder.resolve("build/plugins").toFile();
        set(mojo, PackageMojo.class, "pluginsFolder", watched);
        mojo.execute();
        assertEquals(List.of(watched.toPath().resolve("mamba-0.1.0.jar")), Packager.jarsIn(watched.toPath()));
    }

    @Test
    void aModuleWithoutPapersPassesBothGoals() throws Exception {
        packageMojo().execute();
        verifyMojo().execute();
        assertEquals(List.of(), Packager.jarsIn(module.output()));
    }

    @Test
    void aProblemOfTheModuleFailsTheGoalWithoutAForkedJvm() throws Exception {
        module.paper("mamba").resource("stray.txt", "x");
        String message = assertThrows(
                        MojoFailureException.class, () -> packageMojo().execute())
                .getMessage();
        assertTrue(message.startsWith("stray.txt belongs to no paper"), message);
    }

    @Test
    void eachJarIsVerifiedAndOneThatFailsFailsTheGoalAfterAllRan() throws Exception {
        testkit("Files.writeString(Path.of(a[3]), \"{}\");", """
                if (!a[0].equals("--jar") || !a[2].equals("--level") || !a[3].equals("2")) System.exit(9);
                boolean bad = a[1].contains("deltanet");
                System.out.println("x < y in " + a[1]);
                System.out.println(bad ? "deltanet: 20 passed, 3 failed, level 0" : "mamba: 24 passed, 0 failed, level 2, checks took 1.5 s of CPU");
                System.exit(bad ? 1 : 0);
                """);
        module.paper("deltanet").paper("mamba");
        packageMojo().execute();
        String message = assertThrows(
                        MojoFailureException.class, () -> verifyMojo().execute())
                .getMessage();
        assertEquals("not verified at level 2: deltanet-0.1.0.jar (details above)", message);
        Path reports = module.output().resolveSibling("surefire-reports");
        String failed = Files.readString(reports.resolve("TEST-verify.deltanet-0.1.0.xml"));
        assertTrue(failed.contains("tests=\"23\" errors=\"0\" skipped=\"0\" failures=\"3\""), failed);
        assertTrue(failed.contains("x &lt; y in"), failed);
        String passed = Files.readString(reports.resolve("TEST-verify.mamba-0.1.0.xml"));
        assertTrue(passed.contains("tests=\"24\" errors=\"0\" skipped=\"0\" failures=\"0\""), passed);
        assertTrue(passed.contains("name=\"checks.cpuSeconds\" value=\"1.5\""), passed);
    }

    @Test
    void skippingTestsSkipsTheVerification() throws Exception {
        testkit("Files.writeString(Path.of(a[3]), \"{}\");", "System.exit(1);");
        module.paper("mamba");
        packageMojo().execute();
        VerifyMojo mojo = verifyMojo();
        set(mojo, VerifyMojo.class, "skipTests", true);
        mojo.execute();
        assertFalse(Files.exists(module.output().resolveSibling("surefire-reports")));
    }

    @Test
    void aProjectWithoutTheSpiIsToldToDependOnIt() throws Exception {
        module.paper("mamba");
        PackageMojo mojo = packageMojo();
        MavenProject empty = new MavenProject();
        empty.setVersion("0.1.0");
        set(mojo, PluginMojo.class, "project", empty);
        String message = assertThrows(MojoFailureException.class, mojo::execute).getMessage();
        assertTrue(message.contains("org.layerzoo:layerzoo-core"), message);
    }
}
