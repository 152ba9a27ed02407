package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.registry.DataDirectory;
import org.layerzoo.registry.Digests;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Files named by the SHA-256 of their content. What is there is whole: it is written beside its place, forced to disk, renamed. */
@Component
public class ArtifactStore {
    /** Opens a new file for writing. */
    interface Opener {
        FileChannel open(Path file) throws IOException;
    }

    private final Path folder;
    private final Opener opener;

    /** @param shared a folder that several services use together; the data directory's own when empty */
    @Autowired
    ArtifactStore(DataDirectory data, @Value("${zoo.artifacts.folder:}") String shared) {
        this(
                shared.isEmpty() ? data.resolve("artifacts") : Path.of(shared),
                file -> FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)));
    }

    ArtifactStore(Path folder, Opener opener) {
        this.folder = folder;
        this.opener = opener;
    }

    /** Stores the bytes and answers their SHA-256; a full disk is an {@link UncheckedIOException} and leaves nothing behind. */
    public String put(byte[] content) {
        String sha256 = Digests.sha256(content);
        Path target = path(sha256);
        if (Files.exists(target)) {
            return sha256;
        }
        Path partial = target.resolveSibling(sha256 + "." + java.util.UUID.randomUUID() + ".part");
        try {
            Files.createDirectories(target.getParent());
            try {
                write(partial, content);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(partial);
            }
            return sha256;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the files are. */
    Path folder() {
        return folder;
    }

    /** Moves a file into the store, where its bytes have this SHA-256; one of another disk is copied beside its place first. */
    public void adopt(Path file, String sha256) throws IOException {
        Path target = path(sha256);
        Files.createDirectories(target.getParent());
        force(file);
        try {
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Path partial = target.resolveSibling(sha256 + "." + java.util.UUID.randomUUID() + ".part");
            try {
                Files.copy(file, partial);
                force(partial);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
                Files.delete(file);
            } finally {
                Files.deleteIfExists(partial);
            }
        }
        try (FileChannel directory = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Where the bytes are stored. */
    public Optional<Path> file(String sha256) {
        return Optional.of(path(sha256)).filter(Files::isRegularFile);
    }

    /** Deletes the bytes, where they are stored. */
    public void remove(String sha256) throws IOException {
        Files.deleteIfExists(path(sha256));
    }

    private void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = opener.open(file)) {
            for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    /** The bytes, where they are stored; content that does not have its digest is an error. */
    public Optional<byte[]> get(String sha256) {
        try {
            byte[] content = Files.readAllBytes(path(sha256));
            if (!Digests.sha256(content).equals(sha256)) {
                throw new IOException("artifact " + sha256 + " is damaged on disk");
            }
            return Optional.of(content);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path path(String sha256) {
        return folder.resolve(sha256.substring(0, 2)).resolve(sha256);
    }
}
