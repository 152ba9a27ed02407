package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

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

    /** Writes each as a JUnit report, so that whoever counts test results counts these too. */
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
        String failure = passed ? "" : "<failure message=\"not verified\">" + escape(output) + "</failure>";
        return String.format(
                Locale.ROOT,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>%n"
                        + "<testsuite name=\"verify.%1$s\" tests=\"1\" errors=\"0\" skipped=\"0\" failures=\"%2$d\" time=\"%3$.3f\">"
                        + "<testcase classname=\"verify.%1$s\" name=\"passes level %4$d\" time=\"%3$.3f\">%5$s</testcase></testsuite>%n",
                escape(name),
                passed ? 0 : 1,
                seconds,
                level,
                failure);
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
