package org.layerzoo.registry;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The folder that holds everything the service keeps, locked by the process that uses it. */
public final class DataDirectory implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;
    private final FileLock lock;

    private DataDirectory(Path root, FileChannel lockFile, FileLock lock) {
        this.root = root;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** Creates and locks the folder, or says in one line why it cannot be used. */
    static DataDirectory open(Path root) {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw StartFailure.cannotRun("data directory " + root + ": expected a folder, found a file");
        }
        try {
            Files.createDirectories(root);
            writable(root);
            FileChannel channel = FileChannel.open(
                    root.resolve("registry.lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw StartFailure.cannotRun("data directory " + root + " is in use by another registry;"
                        + " stop that one or name another folder with --data");
            }
            emptyUploads(root.resolve("uploads"));
            return new DataDirectory(root, channel, lock);
        } catch (IOException e) {
            throw StartFailure.cannotRun(
                    "data directory " + root + " cannot be used: " + reason(e)
                            + "; name one that can be read and written with --data",
                    e);
        }
    }

    /** What a service that was killed was still being sent. */
    private static void emptyUploads(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private static void writable(Path root) throws IOException {
        try (var entries = Files.newDirectoryStream(root)) {
            entries.iterator().hasNext();
        }
        Path probe = Files.createTempFile(root, "probe", "");
        Files.write(probe, new byte[] {1});
        Files.delete(probe);
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException missing -> missing.getFile() + " cannot be made";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> e.getMessage();
        };
    }

    public Path root() {
        return root;
    }

    public Path resolve(String name) {
        return root.resolve(name);
    }

    /** Replaces a file by one that only the owner may read. */
    public void writeSecret(String name, String text) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path temporary = root.resolve(name + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, ownerOnly);
        Files.writeString(temporary, text);
        Files.move(temporary, root.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        if (lock.isValid()) {
            lock.release();
        }
        lockFile.close();
    }
}
