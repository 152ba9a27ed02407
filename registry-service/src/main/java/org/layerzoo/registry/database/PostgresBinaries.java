package org.layerzoo.registry.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.StartFailure;
import org.springframework.util.FileSystemUtils;
import org.tukaani.xz.XZInputStream;

/** The server's programs, unpacked once for each version into a folder named by the archive's digest. */
final class PostgresBinaries {
    private PostgresBinaries() {}

    /** The folder with {@code bin/initdb}, {@code bin/pg_ctl} and {@code bin/postgres}. */
    static Path unpack(Path folder) throws IOException {
        String resource = resource();
        try (InputStream archive = PostgresBinaries.class.getResourceAsStream("/" + resource)) {
            if (archive == null) {
                throw StartFailure.cannotRun("no embedded PostgreSQL for this machine: expected " + resource
                        + " in the program; use --database-url");
            }
            byte[] packed = archive.readAllBytes();
            Path target = folder.resolve("server-" + Digests.sha256(packed).substring(0, 12));
            if (!Files.isDirectory(target)) {
                Path partial = folder.resolve(target.getFileName() + ".part");
                FileSystemUtils.deleteRecursively(partial);
                extract(packed, partial);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            }
            return target;
        }
    }

    private static String resource() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String machine = System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
        return "postgres-" + system + "-" + machine + ".txz";
    }

    private static void extract(byte[] packed, Path target) throws IOException {
        try (var tar = new TarArchiveInputStream(
                new XZInputStream(new BufferedInputStream(new java.io.ByteArrayInputStream(packed))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path file = target.resolve(entry.getName()).normalize();
                if (!file.startsWith(target)) {
                    throw new IOException("archive entry outside of the target: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(file.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, file);
                    boolean program = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }
}
