package org.layerzoo.registry.reliability;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.layerzoo.registry.TestRegistry;

/** A file system of a few megabytes in memory, which a test can fill to its last byte. Only root can mount one. */
final class SmallDisk implements AutoCloseable {
    private static final Path FILLER = Path.of("filler");

    final Path folder;

    SmallDisk(Path folder, int megabytes) throws IOException, InterruptedException {
        this.folder = Files.createDirectories(folder);
        // Nobody but the owner enters what tests make; a database server that runs as another user has to.
        int exit = run("mount", "-t", "tmpfs", "-o", "mode=755,size=" + megabytes + "m", "tmpfs", folder.toString());
        if (exit != 0) {
            throw new IOException("mount ended with " + exit);
        }
    }

    /** Whether this user may mount one. */
    static boolean possible() {
        Path probe = TestRegistry.newFolder();
        try (var disk = new SmallDisk(probe.resolve("disk"), 1)) {
            return Files.isWritable(disk.folder);
        } catch (IOException | InterruptedException e) {
            return false;
        } finally {
            TestRegistry.delete(probe);
        }
    }

    /** Writes until there is no room for one byte more. */
    void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(FILLER))) {
            for (int piece = 1 << 20; piece > 0; piece /= 2) {
                byte[] zeros = new byte[piece];
                boolean room = true;
                while (room) {
                    try {
                        out.write(zeros);
                    } catch (IOException full) {
                        room = false;
                    }
                }
            }
        }
    }

    /** Makes room again. */
    void empty() throws IOException {
        Files.delete(folder.resolve(FILLER));
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("umount", "--lazy", folder.toString());
    }
}
