package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;

/** A corpus of jars that a publisher with a good key signed and that must not get in. */
class HostileUploadsTest {
    /** The flag of an entry whose name is UTF-8. */
    private static final int UTF_8 = 1 << 11;

    private static final String LAYER = "org/example/Layer.class";
    private static final long MOST_GROWTH = 64L << 20;
    private final Map<String, Hostile> corpus = new LinkedHashMap<>();

    private record Hostile(byte[] jar, String code) {}

    private static JarFixture good() {
        return JarFixture.release("hostile-upload", "1.0.0");
    }

    private void add(String name, byte[] jar, String code) {
        assertThat(corpus.put(name, new Hostile(jar, code))).as(name).isNull();
    }

    private void add(String name, JarFixture jar, String code) {
        add(name, jar.bytes(), code);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] cat(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    private void noArchives() {
        byte[] jar = good().bytes();
        add("empty file", new byte[0], "jar-corrupt");
        add("text", text("no zip at all, but long enough to hold an end record"), "jar-corrupt");
        add("cut in half", Arrays.copyOf(jar, jar.length / 2), "jar-corrupt");
        add("one byte short", Arrays.copyOf(jar, jar.length - 1), "jar-corrupt");
        add("bytes after the end", cat(jar, new byte[] {0}), "jar-corrupt");
        add("bytes before the start", cat(text("#!/bin/sh\n"), jar), "jar-corrupt");
        add("two archives in one file", cat(jar, jar), "jar-corrupt");
        add("no entries", new RawZip().bytes(), "manifest-invalid");
        byte[] directory = jar.clone();
        directory[jar.length - 6] ^= 0x10;
        add("directory elsewhere", directory, "jar-corrupt");
        add("a quarter", Arrays.copyOf(jar, jar.length / 4), "jar-corrupt");
        add("its end alone", Arrays.copyOfRange(jar, jar.length - 22, jar.length), "jar-corrupt");
        add("its first half twice", cat(Arrays.copyOf(jar, jar.length / 2), jar), "jar-corrupt");
        add("zeros", new byte[4096], "jar-corrupt");
        add("a class file", JarFixture.classNamed("org/example/Layer"), "jar-corrupt");
        byte[] count = jar.clone();
        count[jar.length - 12] += 1;
        count[jar.length - 14] += 1;
        add("one entry more than there is", count, "jar-corrupt");
        add(
                "an entry that lies on another",
                new RawZip().add("a", text("aaaaaaaaaa")).add("b", text("b")).bytes(-5),
                "jar-corrupt");
        add("an entry outside the file", new RawZip().add("a", text("a")).bytes(1 << 28), "jar-corrupt");
        add(
                "two names for one entry",
                new RawZip()
                        .add(RawZip.Part.of("good.txt", text("x")).locally("evil.txt"))
                        .bytes(),
                "jar-corrupt");
    }

    /** What stands before or behind an entry says something else than the directory. */
    private void lies() {
        byte[] jar = good().bytes();
        byte[] one = new RawZip().add("a", text("aaaa")).bytes();
        add("other flags before an entry", flipped(one, 6), "jar-corrupt");
        add("another method before an entry", flipped(one, 8), "jar-corrupt");
        add("another checksum before an entry", flipped(one, 14), "jar-corrupt");
        add("another packed size before an entry", flipped(one, 18), "jar-corrupt");
        add("another size before an entry", flipped(one, 22), "jar-corrupt");
        add("a further field without end before an entry", flipped(one, 29), "jar-corrupt");
        int behind = indexOf(jar, new byte[] {'P', 'K', 7, 8});
        add("another checksum behind an entry", flipped(jar, behind + 4), "jar-corrupt");
        add("another size behind an entry", flipped(jar, behind + 12), "jar-corrupt");
        add(
                "bytes between two entries",
                new RawZip()
                        .add(RawZip.Part.of("a", text("aa")).hiding(text("hidden")))
                        .bytes(),
                "jar-corrupt");
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] other = bytes.clone();
        other[at] ^= 4;
        return other;
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        int at = 0;
        while (!Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
            at++;
        }
        return at;
    }

    private void names() {
        for (String name : List.of(
                "../evil.txt",
                "a/../../evil.txt",
                "/etc/evil.txt",
                "..",
                "a/./evil.txt",
                "a//evil.txt",
                "a\\..\\evil.txt",
                "C:/evil.txt",
                "evil\nline.txt",
                "evil\0.txt",
                "a/..",
                "META-INF/../../evil.txt",
                "//server/share/evil.txt",
                "..\\..\\evil.txt",
                "x".repeat(600))) {
            add("name " + name, new RawZip().add(name, text("x")).bytes(), "entry-unsafe");
        }
    }

    private void entries() {
        byte[] latin = {'e', 'v', (byte) 0xff, 'l'};
        add(
                "a name that is no UTF-8",
                new RawZip().add(RawZip.Part.of("", text("x")).named(latin)).bytes(),
                "entry-unsafe");
        add("an empty name", new RawZip().add("", text("x")).bytes(), "entry-unsafe");
        add(
                "a link",
                new RawZip()
                        .add(RawZip.Part.of("link", text("/etc/passwd")).ofMode(0120777))
                        .bytes(),
                "entry-unsafe");
        add(
                "a device",
                new RawZip()
                        .add(RawZip.Part.of("device", text("x")).ofMode(0020666))
                        .bytes(),
                "entry-unsafe");
        add(
                "an encrypted entry",
                new RawZip().add(RawZip.Part.of("secret", text("x")).flagged(1)).bytes(),
                "entry-unsafe");
        add(
                "an entry twice",
                new RawZip().add("a", text("x")).add("a", text("y")).bytes(),
                "entry-duplicate");
        add(
                "an entry twice but for case",
                new RawZip().add("a", text("x")).add("A", text("y")).bytes(),
                "entry-duplicate");
    }

    /** Names that some readers take for one. */
    private void likeNames() {
        add(
                "an entry twice but for how accents are written",
                new RawZip()
                        .add(RawZip.Part.of("caf\u00e9", text("x")).flagged(UTF_8))
                        .add(RawZip.Part.of("cafe\u0301", text("y")).flagged(UTF_8))
                        .bytes(),
                "entry-duplicate");
        add(
                "an entry twice but for capitals that grow",
                new RawZip()
                        .add(RawZip.Part.of("stra\u00dfe", text("x")).flagged(UTF_8))
                        .add("STRASSE", text("y"))
                        .bytes(),
                "entry-duplicate");
        add(
                "a file and a folder of one name",
                new RawZip().add("a", text("x")).add("a/", new byte[0]).bytes(),
                "entry-duplicate");
        add(
                "a file in a file",
                new RawZip().add("a/b", text("x")).add("A", text("y")).bytes(),
                "entry-duplicate");
        add(
                "letters of no alphabet that is named",
                new RawZip().add("caf\u00e9", text("x")).bytes(),
                "entry-unsafe");
        add(
                "another name in a further field",
                new RawZip()
                        .add(RawZip.Part.of("a", text("x")).further(new byte[] {0x75, 0x70, 1, 0, 'b'}))
                        .bytes(),
                "entry-unsafe");
    }

    private void bombs() {
        byte[] zeros = new byte[8 << 20];
        add("a thousandfold", good().entry("zeros.bin", zeros), "jar-bomb");
        add(
                "four gigabytes declared",
                new RawZip()
                        .add(RawZip.Part.of("a", text("x")).deflated().declaring(0xfffffff0L))
                        .bytes(),
                "jar-bomb");
        add(
                "more than declared",
                new RawZip()
                        .add(RawZip.Part.of("a", zeros).deflated().declaring(1000))
                        .bytes(),
                "jar-bomb");
        add(
                "less than declared",
                new RawZip()
                        .add(RawZip.Part.of("a", text("x")).deflated().declaring(1000))
                        .bytes(),
                "jar-bomb");
        var many = new RawZip();
        for (int i = 0; i < 20_001; i++) {
            many.add("e" + i, new byte[0]);
        }
        add("twenty thousand entries", many.bytes(), "jar-bomb");
        add("a jar inside", good().entry("lib/inner.jar", text("x")), "jar-nested");
        add("a jar inside under another name", good().entry("data.bin", good().bytes()), "jar-nested");
    }

    private void classes() {
        for (String name : List.of(
                "java/lang/Object",
                "javax/net/Evil",
                "jdk/internal/Evil",
                "sun/misc/Unsafe",
                "com/sun/Evil",
                "org/layerzoo/core/Tensor",
                "org/layerzoo/runner/child/ChildMain",
                "org/layerzoo/Zoo",
                "org/pf4j/Plugin",
                "java/util/Evil",
                "javax/crypto/Evil",
                "jdk/internal/misc/Unsafe",
                "sun/nio/ch/Evil",
                "com/sun/jndi/Evil",
                "org/layerzoo/testkit/Testkit",
                "tools/jackson/databind/JsonNode",
                "NoPackage")) {
            add("class " + name, good().ofClass(name), "class-forbidden");
        }
        add(
                "a class of the API for later Java",
                good().entry(
                                "META-INF/versions/21/org/layerzoo/core/Tensor.class",
                                JarFixture.classNamed("org/layerzoo/core/Tensor")),
                "class-forbidden");
        add(
                "a class under another name",
                good().entry("org/example/Other.class", JarFixture.classNamed("java/lang/Object")),
                "class-invalid");
        add("a class that is none", good().entry("org/example/None.class", text("no class")), "class-invalid");
        add(
                "a class cut short",
                good().entry(LAYER, Arrays.copyOf(JarFixture.classNamed("org/example/Layer"), 12)),
                "class-invalid");
    }

    private void unreadableDescriptions() {
        add("a version without end", good().with("version", "1.0.0-" + "x".repeat(60)), "metadata-invalid");
        add("build metadata", good().with("version", "1.0.0+b"), "metadata-invalid");
        add("a shape of words", parametersOf(List.of("many")), "metadata-invalid");
        add("a range that no client can read", good().manifest("Plugin-Requires", "@@@"), "manifest-invalid");
        add("a card of brackets", good().card("[".repeat(100_000)), "card-invalid");
        add(
                "a description of brackets",
                new RawZip()
                        .add("META-INF/MANIFEST.MF", text("Manifest-Version: 1.0\r\n\r\n"))
                        .add(JarFixture.METADATA, text("[".repeat(100_000)))
                        .bytes(),
                "metadata-invalid");
    }

    private void descriptions() {
        add("no manifest attributes", good().withoutManifest("Plugin-Id"), "manifest-invalid");
        add("another id in the manifest", good().manifest("Plugin-Id", "mamba"), "manifest-invalid");
        add("another version in the manifest", good().manifest("Plugin-Version", "2.0.0"), "manifest-invalid");
        add("a class path", good().manifest("Class-Path", "../../evil.jar"), "manifest-invalid");
        add("an agent", good().manifest("Launcher-Agent-Class", "org.example.Layer"), "manifest-invalid");
        add(
                "no description",
                new RawZip()
                        .add("META-INF/MANIFEST.MF", text("Manifest-Version: 1.0\r\n\r\n"))
                        .bytes(),
                "metadata-missing");
        add("a description of another format", good().with("format", 2), "metadata-invalid");
        add("an id with a path", good().with("id", "../evil"), "metadata-invalid");
        add("an id in capitals", good().with("id", "Hostile"), "metadata-invalid");
        add("an id with a space", good().with("id", "hostile upload"), "metadata-invalid");
        add("an id of two hyphens", good().with("id", "hostile--upload"), "metadata-invalid");
        add("an empty id", good().with("id", ""), "metadata-invalid");
        add("a year before computers", good().with("year", 17), "metadata-invalid");
        add("an id without end", good().with("id", "x".repeat(65)), "metadata-invalid");
        add("the reserved id", good().with("id", "zoo"), "id-reserved");
        add("no title", good().without("title"), "metadata-invalid");
        add("no providers", good().with("providers", List.of()), "metadata-invalid");
        add("a version that is none", good().with("version", "1.0"), "metadata-invalid");
        add("a version with leading zeros", good().with("version", "01.0.0"), "version-invalid");
        add("an SPI of the future", good().with("requires", "[0.9,1.0)"), "spi-unsupported");
        add("an SPI of the past", good().with("requires", "[0.0,0.1)"), "spi-unsupported");
        add("no SPI", good().without("requires"), "metadata-invalid");
        add("no license", good().without("license"), "license-refused");
        add("a license that nobody knows", good().with("license", "Proprietary-Evil"), "license-refused");
        add("two licenses", good().manifest("Plugin-License", "MIT"), "manifest-invalid");
        add("a card that is no YAML", good().card("title: [unclosed"), "card-invalid");
        add("a card without a title", good().card("summary: x\n"), "card-invalid");
        add("no card", good().removed("card.yaml"), "metadata-missing");
    }

    private static JarFixture parametersOf(List<Object> shape) {
        var parameter = Map.of("path", "w", "dtype", "F32", "shape", shape);
        var provider = Map.of(
                "name",
                "",
                "kind",
                "layer",
                "configSchema",
                Map.of(),
                "defaults",
                Map.of(),
                "parameters",
                List.of(parameter));
        return good().with("providers", List.of(provider));
    }

    private void contents() {
        add("an entry that is not listed", good().smuggled("smuggled.bin"), "digest-mismatch");
        add("another content than listed", good().with("entries", Map.of(LAYER, "0".repeat(64))), "digest-mismatch");
        add("needs what has no name", good().manifest("Plugin-Dependencies", "@1.0"), "dependency-invalid");
        add("needs itself", good().manifest("Plugin-Dependencies", "hostile-upload@1.0"), "dependency-invalid");
        add(
                "needs a range that is none",
                good().manifest("Plugin-Dependencies", "mamba@about three"),
                "dependency-invalid");
    }

    private void fill() {
        noArchives();
        lies();
        names();
        entries();
        likeNames();
        bombs();
        classes();
        unreadableDescriptions();
        descriptions();
        contents();
    }

    @Test
    void everyHostileUploadIsRefusedWithItsReasonAndLeavesNothingBehind() throws IOException {
        fill();
        assertThat(corpus).hasSizeGreaterThanOrEqualTo(100);
        var figures = Figures.of(HostileUploadsTest.class, corpus.size() + " hostile uploads");
        TestRegistry registry = TestRegistry.shared();
        Publisher mallory = Publisher.of(registry, "mallory-of-hostile-uploads");
        Set<String> before = files(registry);
        long audited = audited(registry);
        long heap = usedMemory();
        corpus.forEach((name, hostile) -> {
            Answer answer = mallory.publish(hostile.jar());
            assertThat(answer.json().path("code").asString())
                    .as(name + ": " + answer.text())
                    .isEqualTo(hostile.code());
            answer.problem(422, hostile.code());
            assertThat(answer.detail()).as(name).matches("(?s).*(expected|given|failed).*");
        });
        assertThat(files(registry)).isEqualTo(before);
        assertThat(audited(registry)).isEqualTo(audited);
        registry.anonymous().get("/api/v1/plugins/hostile-upload").problem(404, "plugin-unknown");
        assertThat(mallory.client()
                        .get("/api/v1/publications")
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
        long grown = usedMemory() - heap;
        assertThat(grown).isLessThan(MOST_GROWTH);
        figures.with("refused with their reason", corpus.size())
                .with("files written", 0)
                .with("heap grown MiB", grown / 1048576.0)
                .done();
    }

    private static long usedMemory() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long audited(TestRegistry registry) {
        return registry.admin()
                .get("/api/v1/audit?action=version.upload")
                .is(200)
                .json()
                .path("total")
                .asLong();
    }

    /** All files of the installation but the database's own and the log, and whatever was written beside it. */
    private static Set<String> files(TestRegistry registry) throws IOException {
        Path folder = registry.data().getParent();
        try (Stream<Path> all = Files.walk(folder);
                Stream<Path> beside = Files.list(folder.getParent())) {
            var names = all.map(folder::relativize)
                    .map(Path::toString)
                    .filter(name -> !name.startsWith("data/postgres") && !name.contains("registry.log"))
                    .collect(Collectors.toCollection(TreeSet::new));
            beside.map(Path::toString).filter(name -> name.contains("evil")).forEach(names::add);
            return names;
        }
    }

    @Test
    void anUploadBeyondTheLimitIsRefusedBeforeItIsRead() {
        TestRegistry registry = TestRegistry.shared();
        Publisher mallory = Publisher.of(registry, "mallory-of-large-uploads");
        mallory.client()
                .with("Content-Type", "multipart/form-data; boundary=x")
                .post("/api/v1/plugins", "no part at all")
                .problem(400, "invalid-request");
        byte[] large = new byte[70 << 20];
        Publisher.send(mallory.client(), Map.of("artifact", large, "signature", mallory.sign(large)))
                .problem(422, "jar-corrupt");
    }
}
