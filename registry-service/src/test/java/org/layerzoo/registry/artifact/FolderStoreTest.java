package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.registry.Digests;

class FolderStoreTest extends StoreContract {
    @TempDir
    Path folder;

    @Override
    ArtifactStore store() {
        return new FolderStore(folder);
    }

    @Override
    Path stored(String sha256) {
        return folder.resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    @Override
    void begin() {
        try {
            Files.write(Files.createDirectories(folder.resolve("ab")).resolve("abc.part"), CONTENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFullDiskIsToldAndLeavesNothingBehind() throws Exception {
        var full = new FolderStore(folder, file -> {
            Files.createFile(file);
            return FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
        });
        fails(StorageException.Reason.FULL, () -> full.put(CONTENT));
        assertThatThrownBy(() -> full.put(CONTENT)).hasMessageContaining("No space left on device");
        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(store().find(store().put(CONTENT)).orElseThrow().bytes()).isEqualTo(CONTENT);
    }

    /** Memory is another disk where there is a folder in it; elsewhere this is a move like any other. */
    @Test
    void aFileOfAnotherDiskIsTakenInWholeAndLeavesNothingBehind() throws Exception {
        Path memory = Path.of("/dev/shm");
        Path file = Files.createTempFile(Files.isWritable(memory) ? memory : local, "adopt", ".jar");
        try {
            Files.write(file, CONTENT);
            store().adopt(file, Digests.sha256(CONTENT));
            assertThat(file).doesNotExist();
            assertThat(store().find(Digests.sha256(CONTENT)).orElseThrow().bytes())
                    .isEqualTo(CONTENT);
            try (var files = Files.walk(folder)) {
                assertThat(files.filter(Files::isRegularFile)).hasSize(1);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Test
    void aFolderThatIsNoneIsAway() throws Exception {
        var store = new FolderStore(Files.writeString(folder.resolve("file"), "no folder"));
        fails(StorageException.Reason.AWAY, store::probe);
        fails(StorageException.Reason.AWAY, () -> store.put(CONTENT));
    }
}
