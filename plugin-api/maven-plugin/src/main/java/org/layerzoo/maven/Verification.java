package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The outcome of one jar's verification.
 *
 * @param jar file name
 * @param level highest level that ran
 * @param passed whether all of it held
 * @param output what the run printed
 * @param seconds wall time
 */
record Verification(String jar, int level, boolean passed, String output, double seconds) {

    /** Writes each as a JUnit report with its number of checks, so that whoever counts test results counts these too. */
    static void writeReports(List<Verification> verifications, Path folder) {
        try {
            for (Verification verification : verifications) {
                Files.createDirectories(folder);
                String name = verification.jar.replaceFirst("\\.jar$", "");
                Files.writeString(folder.resolve("TEST-verify." + name + ".xml"), verification.report(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write reports to " + folder + ": " + e.getMessage(), e);
        }
    }

    private String report(String name) {
        long failed = passed ? 0 : Math.max(1, count("(\\d+) failed", 1));
        long all = Math.max(1, count("(\\d+) passed", passed ? 1 : 0) + failed);
        String failure = passed ? "" : "<failure message=\"not verified\">" + escape(output) + "</failure>";
        return String.format(
                Locale.ROOT,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>%n<testsuite name=\"verify.%1$s\" tests=\"%2$d\" errors=\"0\" skipped=\"0\""
                        + " failures=\"%3$d\" time=\"%4$.3f\">%7$s<testcase classname=\"verify.%1$s\" name=\"passes level %5$d\""
                        + " time=\"%4$.3f\">%6$s</testcase></testsuite>%n",
                escape(name),
                all,
                failed,
                seconds,
                level,
                failure,
                properties());
    }

    /** The processor time of the checks, which the run's last line tells. */
    private String properties() {
        Matcher seconds = Pattern.compile("checks took ([0-9.]+) s of CPU").matcher(lastLine());
        return seconds.find()
                ? "<properties><property name=\"checks.cpuSeconds\" value=\"" + seconds.group(1) + "\"/></properties>"
                : "";
    }

    /** A number in the run's last line, which counts its checks; the default when it printed none. */
    private long count(String pattern, long otherwise) {
        Matcher matcher = Pattern.compile(pattern).matcher(lastLine());
        return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
    }

    private String lastLine() {
        return output.strip().lines().reduce("", (before, line) -> line);
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char c : text.toCharArray()) {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.append(c >= ' ' || c == '\n' || c == '\t' ? c : ' ');
            }
        }
        return escaped.toString();
    }
}
