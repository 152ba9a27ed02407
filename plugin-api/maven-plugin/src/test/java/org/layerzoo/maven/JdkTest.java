package org.layerzoo.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkTest {
    @TempDir
    private Path folder;

    private final Properties system = new Properties();

    @BeforeEach
    void setUserHome() {
        system.setProperty("user.home", folder.toString());
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        Files.writeString(home.resolve("bin/java"), "");
        assertTrue(home.resolve("bin/java").toFile().setExecutable(true));
        return home;
    }

    @Test
    void theOwnVariableWinsOverJavaHome() throws IOException {
        Map<String, String> environment = Map.of(
                "ZOO_JAVA_HOME", jdk("own", "25.0.3").toString(),
                "JAVA_HOME", jdk("general", "26").toString());
        assertEquals(new Jdk(folder.resolve("own"), 25), Jdk.find(environment, system));
    }

    @Test
    void anOlderJavaHomeIsPassedOverForANewerJdkOnThePath() throws IOException {
        Path newer = jdk("newer", "26-ea+3");
        Map<String, String> environment =
                Map.of("JAVA_HOME", jdk("old", "17.0.15").toString(), "PATH", "/nonexistent:" + newer.resolve("bin"));
        assertEquals(new Jdk(newer.toRealPath(), 26), Jdk.find(environment, system));
    }

    @Test
    void aSystemFolderIsSearchedLast() throws IOException {
        Path home = jdk("jvm/temurin/Contents/Home", "25.0.1");
        jdk("jvm/older", "21.0.1");
        assertEquals(
                home, Jdk.find(Map.of(), system, List.of(folder.resolve("jvm"))).home());
    }

    @Test
    void whereThereIsNoneTheMessageSaysWhatWasFound() throws IOException {
        Path old = jdk(".jdks/old", "21.0.1");
        String message = assertThrows(BuildException.class, () -> Jdk.find(Map.of(), system, List.of()))
                .getMessage();
        assertEquals(
                "no JDK 25 or newer found; set JAVA_HOME or ZOO_JAVA_HOME to one; found only " + old + " (21)",
                message);
    }

    @Test
    void aFolderThatIsNoJdkIsPassedOver() throws IOException {
        Path broken = jdk("broken", "unknown");
        Files.writeString(Files.createDirectories(folder.resolve("empty")).resolve("release"), "JAVA_VERSION=\"25\"");
        Map<String, String> environment = Map.of(
                "ZOO_JAVA_HOME",
                broken.toString(),
                "JAVA_HOME",
                folder.resolve("empty").toString());
        assertThrows(BuildException.class, () -> Jdk.find(environment, system, List.of()));
    }
}
