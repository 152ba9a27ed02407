package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.layerzoo.registry.Digests;

/** A folder that all services see. A file is written beside its place, forced to disk, renamed. */
final class FolderStore implements ArtifactStore {
    private static final String PART = ".part";

    /** Opens a new file for writing. */
    interface Opener {
        FileChannel open(Path file) throws IOException;
    }

    private final Path folder;
    private final Opener opener;

    FolderStore(Path folder) {
        this(folder, file -> FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)));
    }

    FolderStore(Path folder, Opener opener) {
        this.folder = folder;
        this.opener = opener;
    }

    @Override
    public String put(byte[] content) {
        String sha256 = Digests.sha256(content);
        Path target = path(sha256);
        if (Files.exists(target)) {
            return sha256;
        }
        Path partial = partial(target);
        try {
            Files.createDirectories(target.getParent());
            try {
                write(partial, content);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
                forceFolder(target);
            } finally {
                Files.deleteIfExists(partial);
            }
            return sha256;
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    private void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = opener.open(file)) {
            for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    /** A file of another disk is copied beside its place first. */
    @Override
    public void adopt(Path file, String sha256) {
        try {
            Artifact.require(file, sha256);
            Path target = path(sha256);
            Files.createDirectories(target.getParent());
            force(file);
            try {
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                copy(file, target);
            }
            forceFolder(target);
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    private static void copy(Path file, Path target) throws IOException {
        Path partial = partial(target);
        try {
            Files.copy(file, partial);
            force(partial);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void forceFolder(Path file) throws IOException {
        try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public Optional<Artifact> find(String sha256) {
        Path file = path(sha256);
        try {
            return Optional.of(new Artifact(sha256, Files.size(file), offset -> {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                return Channels.newInputStream(channel.position(offset));
            }));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    @Override
    public void remove(String sha256) {
        try {
            Files.deleteIfExists(path(sha256));
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    /** What a service that was killed had begun to write. */
    @Override
    public int tidy(Duration age) {
        Instant before = Instant.now().minus(age);
        int deleted = 0;
        try {
            Files.createDirectories(folder);
            for (Path partial : partials()) {
                if (Files.getLastModifiedTime(partial).toInstant().isBefore(before) && Files.deleteIfExists(partial)) {
                    deleted++;
                }
            }
            return deleted;
        } catch (NoSuchFileException finishedMeanwhile) {
            return deleted;
        } catch (IOException e) {
            throw StorageException.of("folder " + folder, e);
        }
    }

    private List<Path> partials() throws IOException {
        try (var files = Files.find(
                folder, 2, (file, facts) -> file.getFileName().toString().endsWith(PART))) {
            return files.toList();
        }
    }

    /** Writes a byte. */
    @Override
    public void probe() {
        try {
            Files.createDirectories(folder);
            Path probe = Files.createTempFile(folder, "health", PART);
            try {
                Files.write(probe, new byte[] {1});
            } finally {
                Files.delete(probe);
            }
        } catch (IOException e) {
            throw StorageException.of("folder " + folder, e);
        }
    }

    private static Path partial(Path target) {
        return target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + PART);
    }

    private Path path(String sha256) {
        return folder.resolve(sha256.substring(0, 2)).resolve(sha256);
    }
}
