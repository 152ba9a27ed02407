package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How much memory a process holds, in bytes.
 *
 * <p>On Linux this is what only the process itself can give back: anonymous, shared and swapped pages. Pages of mapped
 * files do not count, because the kernel drops them when memory is short: reading large mapped weights is not greed.
 */
final class ResidentMemory {
    private static final Path PROC = Path.of("/proc");
    private static final boolean LINUX = Files.isReadable(PROC.resolve("self/status"));
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private ResidentMemory() {}

    /** The memory of a process, or empty when it has ended. */
    static OptionalLong of(long pid) throws IOException {
        if (LINUX) {
            try {
                return fromStatus(Files.readString(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1));
            } catch (NoSuchFileException _) {
                return OptionalLong.empty();
            } catch (IOException e) {
                // reading the file of a process that ends meanwhile answers ESRCH
                return ProcessHandle.of(pid).isPresent() ? rethrow(e) : OptionalLong.empty();
            }
        }
        return WINDOWS ? fromTasklist(run("tasklist", "/FI", "PID eq " + pid, "/FO", "CSV", "/NH")) : fromPs(pid);
    }

    private static OptionalLong rethrow(IOException e) throws IOException {
        throw e;
    }

    /** Reads /proc/PID/status; a zombie has no memory lines. */
    static OptionalLong fromStatus(String status) {
        long anonymous = 0;
        long total = 0;
        boolean detailed = false;
        boolean found = false;
        for (String line : status.split("\n")) {
            if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:") || line.startsWith("VmSwap:")) {
                anonymous += kilobytes(line);
                detailed |= line.startsWith("Rss");
                found = true;
            } else if (line.startsWith("VmRSS:")) {
                total = kilobytes(line);
                found = true;
            }
        }
        return found ? OptionalLong.of(detailed ? anonymous : total) : OptionalLong.empty();
    }

    private static long kilobytes(String line) {
        String[] words = line.substring(line.indexOf(':') + 1).strip().split("\\s+");
        return Long.parseLong(words[0]) << 10;
    }

    private static OptionalLong fromPs(long pid) throws IOException {
        String text = run("ps", "-o", "rss=", "-p", Long.toString(pid)).strip();
        return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text) << 10);
    }

    /** Reads a line such as {@code "java.exe","4711","Console","1","123,456 K"}. */
    static OptionalLong fromTasklist(String line) {
        int start = line.lastIndexOf(",\"");
        if (start < 0) {
            return OptionalLong.empty();
        }
        String digits = line.substring(start).replaceAll("\\D", "");
        return digits.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits) << 10);
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var in = process.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
