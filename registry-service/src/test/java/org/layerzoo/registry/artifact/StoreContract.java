package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.registry.Digests;

/** What every store of artifacts does. */
abstract class StoreContract {
    static final byte[] CONTENT = "some bytes".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path local;

    abstract ArtifactStore store();

    /** Where the stored bytes lie. */
    abstract Path stored(String sha256);

    /** Begins to store a file and goes no further. */
    abstract void begin();

    /** More bytes than a store takes at once. */
    static byte[] large() {
        byte[] bytes = new byte[(11 << 20) + 7];
        new Random(11).nextBytes(bytes);
        return bytes;
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(Files.createTempFile(local, "taken", ".in"), content);
    }

    static void fails(StorageException.Reason reason, Runnable what) {
        assertThatThrownBy(what::run).isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.reason())
                .as(e.getMessage())
                .isEqualTo(reason));
    }

    @Test
    void whatIsPutIsFoundByItsDigestAndPuttingItAgainIsNoError() {
        ArtifactStore store = store();
        String sha256 = store.put(CONTENT);
        assertThat(sha256).isEqualTo(Digests.sha256(CONTENT));
        assertThat(store.put(CONTENT)).isEqualTo(sha256);
        Artifact found = store.find(sha256).orElseThrow();
        assertThat(found.size()).isEqualTo(CONTENT.length);
        assertThat(found.bytes()).isEqualTo(CONTENT);
        assertThat(found.bytes()).as("read again").isEqualTo(CONTENT);
        assertThat(store.find(Digests.sha256("other"))).isEmpty();
        String empty = store.put(new byte[0]);
        assertThat(store.find(empty).orElseThrow().bytes()).isEmpty();
        store.probe();
    }

    @Test
    void aFileIsTakenInWholeWhateverItsSizeAndIsNoLongerWhereItWas() throws Exception {
        ArtifactStore store = store();
        for (byte[] content : new byte[][] {CONTENT, large()}) {
            Path file = file(content);
            String sha256 = Digests.sha256(content);
            store.adopt(file, sha256);
            assertThat(file).doesNotExist();
            assertThat(store.find(sha256).orElseThrow().size()).isEqualTo(content.length);
            assertThat(store.find(sha256).orElseThrow().bytes()).isEqualTo(content);
            store.adopt(file(content), sha256);
            assertThat(store.find(sha256).orElseThrow().bytes()).isEqualTo(content);
        }
    }

    @Test
    void aFileThatDoesNotHaveItsDigestIsRefusedAndNothingOfItIsStored() throws Exception {
        ArtifactStore store = store();
        String other = Digests.sha256("another file");
        for (byte[] content : new byte[][] {CONTENT, large()}) {
            Path file = file(content);
            fails(StorageException.Reason.DAMAGED, () -> store.adopt(file, other));
            assertThat(file).hasBinaryContent(content);
            assertThat(store.find(other)).isEmpty();
        }
        assertThat(store.tidy(Duration.ofSeconds(-1))).as("things left behind").isZero();
    }

    @Test
    void aPartOfAFileIsReadAlone() throws Exception {
        ArtifactStore store = store();
        Artifact artifact = store.find(store.put(CONTENT)).orElseThrow();
        try (InputStream in = artifact.open()) {
            in.skipNBytes(5);
            assertThat(in.readNBytes(3)).isEqualTo("byt".getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream in = artifact.resource().getInputStream()) {
            assertThat(in.readNBytes(4)).isEqualTo("some".getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream in = artifact.open()) {
            assertThat(in.skip(1000)).isEqualTo(CONTENT.length);
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(artifact.resource().contentLength()).isEqualTo(CONTENT.length);
    }

    @Test
    void damagedBytesAreNeverReadToTheirEnd() throws Exception {
        ArtifactStore store = store();
        byte[] content = new byte[200_000];
        String sha256 = store.put(content);
        byte[] other = content.clone();
        other[17] = 1;
        Files.write(stored(sha256), other);
        var read = new ByteArrayOutputStream();
        fails(StorageException.Reason.DAMAGED, () -> {
            try (InputStream in = store.find(sha256).orElseThrow().open()) {
                in.transferTo(read);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(read.size()).isLessThan(content.length);
        Files.write(stored(sha256), new byte[199_999]);
        fails(
                StorageException.Reason.DAMAGED,
                () -> store.find(sha256).orElseThrow().bytes());
    }

    @Test
    void whatIsRemovedIsGoneAndRemovingItAgainIsNoError() {
        ArtifactStore store = store();
        String sha256 = store.put(CONTENT);
        store.remove(sha256);
        assertThat(store.find(sha256)).isEmpty();
        store.remove(sha256);
        assertThat(store.put(CONTENT)).isEqualTo(sha256);
        assertThat(store.find(sha256)).isPresent();
    }

    @Test
    void whatWasBegunLongAgoAndNeverFinishedIsTidiedAndWhatIsStoredIsNot() {
        ArtifactStore store = store();
        String sha256 = store.put(CONTENT);
        begin();
        assertThat(store.tidy(Duration.ofHours(1))).isZero();
        assertThat(store.tidy(Duration.ofSeconds(-1))).isEqualTo(1);
        assertThat(store.tidy(Duration.ofSeconds(-1))).isZero();
        assertThat(store.find(sha256).orElseThrow().bytes()).isEqualTo(CONTENT);
    }

    @Test
    void manyMayStoreTheSameBytesAtOnce() throws Exception {
        ArtifactStore store = store();
        byte[] content = new byte[100_000];
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var puts = IntStream.range(0, 8)
                    .mapToObj(n -> pool.submit(() -> store.put(content)))
                    .toList();
            for (var put : puts) {
                assertThat(put.get()).isEqualTo(Digests.sha256(content));
            }
        }
        assertThat(store.find(Digests.sha256(content)).orElseThrow().bytes()).isEqualTo(content);
    }
}
