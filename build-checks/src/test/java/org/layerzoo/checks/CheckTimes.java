package org.layerzoo.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Processor time of the sheets' Checks, from the reports that the goal {@code verify} wrote beside the plugins' tests. */
final class CheckTimes {
    private static final Pattern REPORT = Pattern.compile("TEST-verify\\.(.+)-\\d+\\.\\d+\\.\\d+[^/]*\\.xml");
    private static final Pattern SECONDS =
            Pattern.compile("<property name=\"checks.cpuSeconds\" value=\"([0-9.]+)\"/>");

    private CheckTimes() {}

    /** Seconds by plugin id; empty when this build has not come to the goal {@code verify}. */
    static Map<String, Double> read(Path plugins) {
        Map<String, Double> out = new TreeMap<>();
        try (Stream<Path> files = Files.walk(plugins, 4)) {
            for (Path file : files.toList()) {
                Matcher report = REPORT.matcher(file.getFileName().toString());
                if (report.matches()) {
                    Matcher seconds = SECONDS.matcher(Files.readString(file));
                    if (seconds.find()) {
                        out.put(report.group(1), Double.parseDouble(seconds.group(1)));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out;
    }
}
