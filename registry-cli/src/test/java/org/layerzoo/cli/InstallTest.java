package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InstallTest {
    @TempDir
    private Path folder;

    private FakeRegistry registry;
    private KeyPair key;
    private Cli cli;

    @BeforeEach
    void start() throws Exception {
        registry = new FakeRegistry();
        key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        cli = new Cli(folder.resolve("home"), List.of());
        for (String version : List.of("1.0.0", "1.2.0", "1.3.0-rc.1", "2.0.0")) {
            registry.add("mixer", version, key, Map.of());
        }
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private Path lock() {
        return folder.resolve("zoo.lock");
    }

    private Cli.Said zoo(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--registry", registry.url(), "--token", "zoo_x"));
        if (!arguments[0].equals("versions")) {
            all.addAll(List.of("--lock", lock().toString()));
        }
        return cli.bare(all.toArray(String[]::new));
    }

    private boolean installed(String name) {
        return Files.exists(cli.home().resolve("plugins").resolve(name));
    }

    @Test
    void theHighestVersionOfARangeIsInstalledInPlaceOfOthersAndLocked() throws IOException {
        assertEquals(0, zoo("install", "mixer@1.0.0").exit());
        assertTrue(installed("mixer-1.0.0.jar"));
        Cli.Said said = zoo("install", "mixer@^1.0", "--json");
        assertEquals(0, said.exit(), said.err());
        JsonNode plugin = said.json().path("plugins").get(0);
        assertEquals("1.2.0", plugin.path("version").asString());
        assertTrue(installed("mixer-1.2.0.jar"));
        assertFalse(installed("mixer-1.0.0.jar"));
        assertTrue(Files.readString(lock()).contains(plugin.path("sha256").asString()));
        assertEquals("2.0.0", version(zoo("lock", "mixer", "--json")));
        assertEquals("1.3.0-rc.1", version(zoo("lock", "mixer@1.3.0-rc.1", "--json")));
    }

    private static String version(Cli.Said said) {
        return said.json().path("plugins").get(0).path("version").asString();
    }

    @Test
    void whatAPluginNeedsComesWithItInVersionsThatSuitAll() throws IOException {
        registry.add("host", "1.0.0", key, Map.of("mixer", ">=1.0.0 & <2.0.0", "block", "^3.0.0"));
        registry.add("block", "3.1.0", key, Map.of("mixer", "<1.1.0"));
        Cli.Said said = zoo("install", "host@^1.0");
        assertEquals(0, said.exit(), said.err());
        assertTrue(installed("mixer-1.0.0.jar") && installed("block-3.1.0.jar") && installed("host-1.0.0.jar"));
        Cli.Said conflict = zoo("install", "host", "mixer@^2.0");
        assertEquals(1, conflict.exit());
        assertTrue(conflict.error().contains("no published version of mixer suits"), conflict.error());
        assertTrue(conflict.error().contains("host 1.0.0"), conflict.error());
        assertTrue(installed("mixer-1.0.0.jar"));
    }

    @Test
    void aYankedVersionIsPassedOverAndStillInstalledByAFrozenLock() throws IOException {
        assertEquals(0, zoo("install", "mixer@^1.0").exit());
        registry.add("other", "1.0.0", key, Map.of()).put("yanked", true);
        assertEquals(1, zoo("install", "other").exit());
        assertEquals(0, zoo("install", "--frozen").exit());
        assertEquals(0, zoo("install", "mixer@^1.0", "--frozen").exit());
        Cli.Said said = zoo("install", "mixer@^2.0", "--frozen");
        assertEquals(1, said.exit());
        assertTrue(said.error().contains("does not hold what is asked for"), said.error());
    }

    @Test
    void aLockedInstallNeedsNoRegistryOnceTheCacheHasTheJars() {
        assertEquals(0, zoo("install", "mixer@^1.0").exit());
        registry.close();
        int asked = registry.requests();
        assertEquals(0, zoo("install", "--frozen").exit());
        Cli.Said said = zoo("install", "mixer@^1.0");
        assertEquals(0, said.exit(), said.err());
        assertTrue(said.err().contains("going by"), said.err());
        assertEquals(asked, registry.requests());
        assertEquals(1, zoo("install", "nobody").exit());
    }

    @Test
    void otherBytesAnotherKeyAndAFalseSignatureAreRefused() throws Exception {
        registry.tamper("mixer", "2.0.0");
        Cli.Said bytes = zoo("install", "mixer@2.0.0");
        assertEquals(1, bytes.exit());
        assertTrue(bytes.error().contains("is not what was promised"), bytes.error());
        assertFalse(installed("mixer-2.0.0.jar"));
        registry.add("forged", "1.0.0", key, Map.of()).put("sha256", "0".repeat(64));
        assertTrue(zoo("install", "forged").error().contains("signature"));
        assertEquals(0, zoo("install", "mixer@1.0.0").exit());
        KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        registry.add("mixer", "3.0.0", other, Map.of());
        Cli.Said refused = zoo("install", "mixer@3.0.0");
        assertEquals(1, refused.exit());
        assertTrue(refused.error().contains("another key than before"), refused.error());
        String fingerprint = SigningKey.fingerprint(other.getPublic().getEncoded());
        assertEquals(0, zoo("install", "mixer@3.0.0", "--trust", fingerprint).exit());
        assertTrue(installed("mixer-3.0.0.jar"));
    }

    @Test
    void aKeyThatSignedNothingIsNotTakenForThePluginsOwn() throws Exception {
        KeyPair wrong = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String named =
                java.util.Base64.getEncoder().encodeToString(wrong.getPublic().getEncoded());
        var version = registry.add("fresh", "1.0.0", key, Map.of()).put("publicKey", named);
        Cli.Said refused = zoo("install", "fresh");
        assertEquals(1, refused.exit());
        assertTrue(refused.error().contains("the signature of fresh 1.0.0 is wrong"), refused.error());
        version.put("publicKey", "no key");
        assertTrue(zoo("install", "fresh").error().contains("expected a public key in base64"));
        version.put(
                "publicKey",
                java.util.Base64.getEncoder().encodeToString(key.getPublic().getEncoded()));
        Cli.Said said = zoo("install", "fresh");
        assertEquals(0, said.exit(), said.err());
    }

    @Test
    void aRightlySignedJarOfAnotherVersionIsRefused() throws Exception {
        registry.addMixedUp("mixer", "4.0.0", key, "1.0.0");
        Cli.Said said = zoo("install", "mixer@^4.0");
        assertEquals(1, said.exit());
        assertTrue(said.error().contains("expected mixer 4.0.0, given mixer 1.0.0"), said.error());
        assertFalse(Files.exists(cli.home().resolve("plugins")));
    }

    @Test
    void aLockOrARegistryCannotNameAFileElsewhere() throws IOException {
        assertEquals(0, zoo("install", "mixer@^1.0").exit());
        String good = Files.readString(lock());
        for (String hostile : List.of("../../evil", "mixer.*", "a/b")) {
            Files.writeString(lock(), good.replace("\"mixer\"", "\"" + hostile + "\""));
            Cli.Said said = zoo("install", "--frozen");
            assertEquals(2, said.exit(), said.err());
            assertTrue(said.error().contains("expected a plugin's id"), said.error());
        }
        Files.writeString(lock(), good.replace("\"1.2.0\"", "\"1.2.0/../../evil\""));
        assertEquals(2, zoo("install", "--frozen").exit());
        registry.add("host", "1.0.0", key, Map.of("../mixer", "^1.0"));
        assertTrue(zoo("install", "host").exit() > 0);
        registry.add("odd", "1.0.0", key, Map.of()).put("version", "../../1.0.0");
        assertTrue(zoo("install", "odd").exit() > 0);
    }

    @Test
    void anAliasOfAYankedVersionResolvesNoMoreAndADeprecationIsTold() throws IOException {
        var version = registry.add("pointed", "1.0.0", key, Map.of());
        version.putArray("aliases").add("champion");
        version.put("deprecated", true).put("deprecation", "use other");
        Cli.Said said = zoo("install", "pointed@champion");
        assertEquals(0, said.exit(), said.err());
        assertTrue(said.err().contains("pointed 1.0.0 is deprecated: use other"), said.err());
        version.put("yanked", true);
        Cli.Said refused = zoo("install", "pointed@champion");
        assertEquals(1, refused.exit());
        assertTrue(refused.error().contains("1.0.0 (yanked)"), refused.error());
    }

    @Test
    void badReferencesAndAMissingLockAreBadInput() {
        assertEquals(2, zoo("install", "mixer@about three").exit());
        assertEquals(2, zoo("install", "../mixer").exit());
        assertEquals(2, zoo("install").exit());
        assertEquals(2, zoo("lock").exit());
        assertEquals(2, zoo("install", "nobody").exit());
        assertEquals(0, zoo("versions", "mixer").exit());
    }

    @Test
    void keygenWritesAKeyForItsOwnerOnlyAndNeverReplacesOne() throws IOException {
        Path file = folder.resolve("key.pem");
        Cli.Said said = cli.bare("keygen", "--out", file.toString(), "--json");
        assertEquals(0, said.exit(), said.err());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertTrue(Files.readString(file).startsWith("-----BEGIN PRIVATE KEY-----\n"));
        String sha256 = "ab".repeat(32);
        String signature = java.util.Base64.getEncoder().encodeToString(SigningKey.sign(SigningKey.read(file), sha256));
        assertTrue(SigningKey.verifies(said.json().path("publicKey").asString(), sha256, signature));
        assertFalse(SigningKey.verifies(said.json().path("publicKey").asString(), "cd".repeat(32), signature));
        assertEquals(2, cli.bare("keygen", "--out", file.toString()).exit());
        String again = java.util.Base64.getEncoder()
                .encodeToString(SigningKey.pair(file).getPublic().getEncoded());
        assertEquals(said.json().path("publicKey").asString(), again);
    }
}
