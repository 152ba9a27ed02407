package org.layerzoo.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.catalog.CatalogException.Reason;

class PluginJarTest {
    @TempDir
    Path folder;

    private CatalogException rejected(JarFixture jar) {
        jar.into(folder, "plugin.jar");
        return rejectedFile();
    }

    private CatalogException rejectedFile() {
        return catchThrowableOfType(CatalogException.class, () -> PluginJar.read(folder.resolve("plugin.jar")));
    }

    @Test
    void readsAWholeJar() throws Exception {
        String sha256 = JarFixture.of("mamba").into(folder, "plugin.jar");
        PluginJar jar = PluginJar.read(folder.resolve("plugin.jar"));
        assertThat(jar.sha256()).isEqualTo(sha256);
        assertThat(jar.version()).isEqualTo("0.1.0+local." + sha256.substring(0, 8));
        assertThat(jar.metadata().id()).isEqualTo("mamba");
        assertThat(jar.card().authors()).containsExactly("Ada Lovelace", "Alan Turing");
    }

    @Test
    void anEntryWhoseContentDiffersIsNamed() {
        var digests = Map.of("card.yaml", "0".repeat(64), "org/example/Layer.class", "0".repeat(64));
        var failure = rejected(JarFixture.of("mamba").with("entries", digests));
        assertThat(failure.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
        assertThat(failure)
                .hasMessageContaining("card.yaml (content differs)")
                .hasMessageContaining("Layer.class (content differs)");
    }

    @Test
    void aSmuggledEntryIsNamed() {
        var failure = rejected(JarFixture.of("mamba").smuggled("org/example/Evil.class"));
        assertThat(failure.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
        assertThat(failure).hasMessageContaining("org/example/Evil.class (not listed)");
    }

    @Test
    void aMissingEntryIsNamed() {
        JarFixture jar = JarFixture.of("mamba").entry("README.md", "text");
        jar.bytes();
        var failure = rejected(jar.removed("README.md"));
        assertThat(failure.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
        assertThat(failure).hasMessageContaining("README.md (missing)");
    }

    @Test
    void allWrongFieldsAreToldAtOnce() {
        var failure = rejected(JarFixture.of("mamba")
                .with("id", "Not An Id")
                .with("year", "old")
                .without("title")
                .with("kind", "thing"));
        assertThat(failure.reason()).isEqualTo(Reason.METADATA_INVALID);
        assertThat(failure)
                .hasMessageContaining(
                        "id: expected lower-case words joined by hyphens, 64 characters at most, found \"Not An Id\"")
                .hasMessageContaining("year: expected a whole number from 1900 to 2200, found \"old\"")
                .hasMessageContaining("title: expected a text, found nothing")
                .hasMessageContaining("kind: expected one of");
    }

    @Test
    void aProviderWithoutASchemaIsNamedByItsPlace() {
        var failure = rejected(
                JarFixture.of("mamba").with("providers", List.of(Map.of("kind", "layer", "defaults", Map.of()))));
        assertThat(failure).hasMessageContaining("providers[0].configSchema: expected an object, found nothing");
    }

    @Test
    void aFormatOfTheFutureIsRefused() {
        var failure = rejected(JarFixture.of("mamba").with("format", 2));
        assertThat(failure.reason()).isEqualTo(Reason.METADATA_INVALID);
        assertThat(failure).hasMessageContaining("format: expected 1, found 2");
    }

    @Test
    void aCardThatIsNotYamlIsRefused() {
        var failure = rejected(JarFixture.of("mamba").card("title: [unclosed"));
        assertThat(failure.reason()).isEqualTo(Reason.CARD_INVALID);
    }

    @Test
    void aJarWithoutADescriptionIsRefused() throws Exception {
        Files.copy(
                Path.of(Test.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI()),
                folder.resolve("plugin.jar"));
        assertThat(rejectedFile().reason()).isEqualTo(Reason.METADATA_MISSING);
    }

    @Test
    void whatIsNoZipIsRefused() throws Exception {
        Files.writeString(folder.resolve("plugin.jar"), "hello");
        assertThat(rejectedFile().reason()).isEqualTo(Reason.JAR_CORRUPT);
        Files.write(folder.resolve("plugin.jar"), new byte[0]);
        assertThat(rejectedFile().reason()).isEqualTo(Reason.JAR_CORRUPT);
    }

    @Test
    void anyPrefixOfAJarIsRefusedWithoutACrash() throws Exception {
        byte[] whole = JarFixture.of("mamba").bytes();
        for (int length = 0; length < whole.length; length += 37) {
            Files.write(folder.resolve("plugin.jar"), java.util.Arrays.copyOf(whole, length));
            assertThat(rejectedFile())
                    .as("first %d of %d bytes", length, whole.length)
                    .isNotNull();
        }
    }

    @Test
    void anyFlippedByteIsRefusedOrHarmless() throws Exception {
        byte[] whole = JarFixture.of("mamba").bytes();
        Path file = folder.resolve("plugin.jar");
        for (int at = 0; at < whole.length; at += 13) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x55;
            Files.write(file, damaged);
            try {
                assertThat(PluginJar.read(file).metadata().id()).isEqualTo("mamba");
            } catch (CatalogException expected) {
                assertThat(expected.reason()).isNotNull();
            }
        }
    }

    @Test
    void anEntryThatLeavesTheJarOrShadowsTheApiIsRefusedAlthoughItIsListed() {
        for (String name : List.of(
                "../../evil.txt", "/etc/evil", "a/../../b", "..\\evil", "org/layerzoo/core/tensor/Tensor.class")) {
            var failure = rejected(JarFixture.of("mamba").entry(name, "x"));
            assertThat(failure.reason()).as(name).isEqualTo(Reason.ENTRY_FORBIDDEN);
            assertThat(failure).hasMessageContaining("found '" + name + "'");
        }
    }

    @Test
    void anArchiveThatUnpacksToFarMoreThanItIsIsRefusedInLittleMemory() throws Exception {
        Path file = folder.resolve("plugin.jar");
        try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new java.util.zip.ZipEntry(PluginJar.METADATA));
            byte[] blanks = new byte[1 << 20];
            java.util.Arrays.fill(blanks, (byte) ' ');
            for (int i = 0; i < 64; i++) {
                zip.write(blanks);
            }
        }
        assertThat(Files.size(file)).isLessThan(1 << 20);
        assertThat(rejectedFile().reason()).isEqualTo(Reason.JAR_TOO_LARGE);
    }

    @Test
    void whatIsNoFileIsRefusedWithoutBeingRead() throws Exception {
        Files.createDirectory(folder.resolve("plugin.jar"));
        assertThat(rejectedFile()).hasMessage("expected a regular file, found a folder");
        Files.delete(folder.resolve("plugin.jar"));
        Files.createSymbolicLink(folder.resolve("plugin.jar"), Path.of("/dev/zero"));
        assertThat(rejectedFile()).hasMessage("expected a regular file, found something else");
    }

    @Test
    void textsThatTheDatabaseCannotHoldAndVersionsThatNoNumberHoldsAreRefused() {
        var failure = rejected(JarFixture.of("mamba").with("title", "a\0b").with("version", "99999999999.0.0"));
        assertThat(failure.reason()).isEqualTo(Reason.METADATA_INVALID);
        assertThat(failure)
                .hasMessageContaining("title: expected a text without the character zero")
                .hasMessageContaining("version: expected a SemVer version");
    }

    @Test
    void aDescriptionThatSaysAThingTwiceIsRefused() {
        assertThatThrownBy(() -> PluginMetadata.parse("{\"format\": 1, \"id\": \"one\", \"id\": \"two\"}"))
                .isInstanceOf(CatalogException.class)
                .hasMessageContaining("Duplicate Object property");
    }

    @Test
    void descriptionsNestedWithoutEndAreRefused() {
        var failure = rejected(JarFixture.of("mamba").card("[".repeat(100_000)));
        assertThat(failure.reason()).isEqualTo(Reason.CARD_INVALID);
    }
}
