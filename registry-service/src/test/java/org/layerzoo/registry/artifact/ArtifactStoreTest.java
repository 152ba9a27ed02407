package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.registry.Digests;

class ArtifactStoreTest {
    private static final byte[] CONTENT = "some bytes".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private ArtifactStore store() {
        return new ArtifactStore(
                folder, file -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    @Test
    void whatIsPutCanBeGotByItsDigest() {
        String sha256 = store().put(CONTENT);
        assertThat(sha256).isEqualTo(Digests.sha256(CONTENT));
        assertThat(store().put(CONTENT)).isEqualTo(sha256);
        assertThat(store().get(sha256)).hasValue(CONTENT);
        assertThat(store().get(Digests.sha256("other"))).isEqualTo(Optional.empty());
    }

    @Test
    void aFullDiskIsToldAndLeavesNothingBehind() throws Exception {
        var full = new ArtifactStore(folder, file -> {
            Files.createFile(file);
            return FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
        });
        assertThatThrownBy(() -> full.put(CONTENT))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("No space left on device");
        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(store().get(store().put(CONTENT))).hasValue(CONTENT);
    }

    /** Memory is another disk where there is a folder in it; elsewhere this is a move like any other. */
    @Test
    void aFileOfAnotherDiskIsTakenInWholeAndLeavesNothingBehind() throws Exception {
        Path memory = Path.of("/dev/shm");
        Path file = Files.createTempFile(Files.isWritable(memory) ? memory : folder, "adopt", ".jar");
        try {
            Files.write(file, CONTENT);
            store().adopt(file, Digests.sha256(CONTENT));
            assertThat(file).doesNotExist();
            assertThat(store().get(Digests.sha256(CONTENT))).hasValue(CONTENT);
            try (var files = Files.walk(folder)) {
                assertThat(files.filter(Files::isRegularFile)).hasSize(1);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Test
    void damageOnDiskIsNoticed() throws Exception {
        String sha256 = store().put(CONTENT);
        Files.writeString(folder.resolve(sha256.substring(0, 2)).resolve(sha256), "other bytes");
        assertThatThrownBy(() -> store().get(sha256)).hasMessageContaining("damaged");
    }
}
