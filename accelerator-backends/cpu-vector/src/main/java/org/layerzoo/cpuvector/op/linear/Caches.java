package org.layerzoo.cpuvector.op.linear;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes of the data caches that a core reaches. Where the system does not tell, sizes that no machine of the last ten years falls below. */
record Caches(long first, long second, long last) {
    private static final Path LINUX = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final Caches LEAST = new Caches(32 << 10, 256 << 10, 4 << 20);

    static final Caches HERE = read(LINUX);

    static Caches read(Path folder) {
        long[] bytes = {LEAST.first, LEAST.second, LEAST.last};
        if (!Files.isDirectory(folder)) {
            return LEAST;
        }
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(folder, "index*")) {
            for (Path cache : caches) {
                int level = Integer.parseInt(line(cache, "level"));
                if (level >= 1 && level <= 3 && !line(cache, "type").equals("Instruction")) {
                    bytes[level - 1] = bytes(line(cache, "size"));
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // Sizes only steer blocking: a machine that does not publish them gets the least.
            return LEAST;
        }
        return new Caches(bytes[0], bytes[1], Math.max(bytes[1], bytes[2]));
    }

    private static String line(Path cache, String file) throws IOException {
        return Files.readString(cache.resolve(file)).strip();
    }

    /** "48K" or "2M" or "512". */
    private static long bytes(String size) {
        int unit = "KMG".indexOf(size.charAt(size.length() - 1));
        long n = Long.parseLong(unit < 0 ? size : size.substring(0, size.length() - 1));
        return n << (10 * (unit + 1));
    }
}
