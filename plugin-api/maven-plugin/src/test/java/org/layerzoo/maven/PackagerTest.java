package org.layerzoo.maven;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TimeZone;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackagerTest {
    private static final SpiRange SPI = SpiRange.of("0.1.0");

    @TempDir
    private Path folder;

    private FakeModule module;

    @BeforeEach
    void createModule() {
        module = new FakeModule(folder);
    }

    private Packager packager() {
        return new Packager(module.output(), SPI, (paper, jar) -> describe(paper.slug()));
    }

    private static byte[] describe(String slug) {
        return ("{\"id\":\"" + slug + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static String entry(Path jar, String name) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return new String(file.getInputStream(file.getJarEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void theJarHoldsManifestFirstThenSortedEntriesWithOneTimestamp() throws IOException {
        module.paper("mamba").golden("mamba/case.json", "{}");
        Path jar = packager().pack(module.papers()).get(0);
        assertEquals("mamba-0.1.0.jar", jar.getFileName().toString());
        try (JarFile file = new JarFile(jar.toFile())) {
            List<JarEntry> entries = file.stream().toList();
            assertEquals(
                    List.of(
                            "META-INF/MANIFEST.MF",
                            "META-INF/extensions.idx",
                            "META-INF/layerzoo/golden/case.json",
                            "META-INF/layerzoo/plugin.json",
                            "README.md",
                            "card.yaml",
                            "org/layerzoo/plugins/mamba/Provider.class",
                            "plugin.properties"),
                    entries.stream().map(JarEntry::getName).toList());
            assertEquals(
                    1, entries.stream().map(JarEntry::getTimeLocal).distinct().count());
        }
    }

    @Test
    void manifestPropertiesAndIndexSayWhatPf4jNeeds() throws IOException {
        module.paper("mamba").resource("mamba/plugin.properties", "plugin.provider=Ann Müller\n");
        Path jar = packager().pack(module.papers()).get(0);
        try (JarFile file = new JarFile(jar.toFile())) {
            Attributes manifest = file.getManifest().getMainAttributes();
            assertEquals("mamba", manifest.getValue("Plugin-Id"));
            assertEquals("0.1.0", manifest.getValue("Plugin-Version"));
            assertEquals("org.pf4j.Plugin", manifest.getValue("Plugin-Class"));
            assertEquals(">=0.1.0 & <0.2.0", manifest.getValue("Plugin-Requires"));
            assertEquals("Ann Müller", manifest.getValue("Plugin-Provider"));
        }
        Properties properties = new Properties();
        properties.load(new StringReader(entry(jar, "plugin.properties")));
        assertEquals("mamba", properties.getProperty("plugin.id"));
        assertEquals("Ann Müller", properties.getProperty("plugin.provider"));
        assertEquals("org.layerzoo.plugins.mamba.Provider\n", entry(jar, "META-INF/extensions.idx"));
    }

    @Test
    void theSameSourcesGiveTheSameBytesInAnotherTimeZoneAndFileOrder() throws IOException {
        module.paper("mamba").resource("mamba/b.txt", "b").resource("mamba/a.txt", "a");
        byte[] first = Files.readAllBytes(packager().pack(module.papers()).get(0));
        FakeModule second = new FakeModule(folder.resolve("elsewhere"));
        second.resource("mamba/a.txt", "a").resource("mamba/b.txt", "b").paper("mamba");
        Files.setLastModifiedTime(second.classes().resolve("mamba/a.txt"), FileTime.fromMillis(0));
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));
            Packager packager = new Packager(second.output(), SPI, (paper, jar) -> describe(paper.slug()));
            assertArrayEquals(
                    first, Files.readAllBytes(packager.pack(second.papers()).get(0)));
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void theDescriberSeesTheCompleteJarWithoutDescription() {
        module.paper("mamba");
        List<String> seen = new ArrayList<>();
        new Packager(module.output(), SPI, (paper, jar) -> {
                    try (JarFile file = new JarFile(jar.toFile())) {
                        file.stream().map(JarEntry::getName).forEach(seen::add);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    return describe(paper.slug());
                })
                .pack(module.papers());
        assertTrue(seen.contains("org/layerzoo/plugins/mamba/Provider.class"));
        assertFalse(seen.contains("META-INF/layerzoo/plugin.json"));
    }

    @Test
    void aPaperThatCannotBeDescribedLeavesNoJar() {
        module.paper("mamba");
        Packager packager = new Packager(module.output(), SPI, (paper, jar) -> {
            throw new BuildException("bad config");
        });
        assertThrows(BuildException.class, () -> packager.pack(module.papers()));
        assertEquals(List.of(), Packager.jarsIn(module.output()));
    }

    @Test
    void aPaperThatIsGoneTakesItsJarsWithIt() throws IOException {
        module.paper("mamba").paper("deltanet");
        Path shared = folder.resolve("build/plugins");
        Packager packager = packager();
        packager.publish(packager.pack(module.papers()), shared, "family");
        Files.createDirectories(shared);
        Files.writeString(shared.resolve("foreign-1.0.0.jar"), "not ours");
        List<Paper> left = module.papers().stream()
                .filter(paper -> paper.slug().equals("mamba"))
                .toList();
        packager.publish(packager.pack(left), shared, "family");
        assertEquals(List.of("mamba-0.1.0.jar"), names(module.output()));
        assertEquals(List.of("foreign-1.0.0.jar", "mamba-0.1.0.jar"), names(shared));
    }

    @Test
    void anUnchangedJarKeepsItsTimeInTheWatchedFolderAndAChangedOneIsReplaced() throws IOException {
        module.paper("mamba");
        Path shared = folder.resolve("build/plugins");
        Packager packager = packager();
        packager.publish(packager.pack(module.papers()), shared, "family");
        Path jar = shared.resolve("mamba-0.1.0.jar");
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(jar, old);
        packager.publish(packager.pack(module.papers()), shared, "family");
        assertEquals(old, Files.getLastModifiedTime(jar));
        module.resource("mamba/README.md", "changed");
        packager.publish(packager.pack(module.papers()), shared, "family");
        assertEquals("changed", entry(jar, "README.md"));
    }

    @Test
    void theSpiRangeEndsWhereTheNextBreakingVersionBegins() {
        assertEquals(">=0.1.0 & <0.2.0", SpiRange.of("0.1.7").pf4j());
        assertEquals(">=2.3.0 & <3.0.0", SpiRange.of("2.3.0-SNAPSHOT").pf4j());
        assertThrows(BuildException.class, () -> SpiRange.of("latest"));
    }

    private static List<String> names(Path shared) {
        return Packager.jarsIn(shared).stream()
                .map(jar -> jar.getFileName().toString())
                .toList();
    }
}
