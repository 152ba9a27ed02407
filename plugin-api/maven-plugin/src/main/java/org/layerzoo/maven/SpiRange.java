package org.layerzoo.maven;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The SPI versions a jar runs on: from the version it was compiled against to the next one that may break it, which is the next minor
 * version while the major one is 0 and the next major version after that.
 */
record SpiRange(int major, int minor) {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)(\\..*|-.*)?");

    /** @throws BuildException when the text is no version such as 0.1.0 */
    static SpiRange of(String version) {
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.matches()) {
            throw new BuildException("SPI version " + version + " is not understood; expected something like 0.1.0");
        }
        return new SpiRange(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** As a PF4J constraint. */
    String pf4j() {
        String next = major == 0 ? "0." + (minor + 1) + ".0" : (major + 1) + ".0.0";
        return ">=" + major + "." + minor + ".0 & <" + next;
    }
}
