package org.layerzoo.testkit;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code --name value} pairs of the tools that the packager forks. */
final class Arguments {
    private Arguments() {}

    /** All of {@code names} are required; exit 2 with one line otherwise. */
    static Map<String, String> parse(String[] args, String... names) {
        Map<String, String> out = new TreeMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            out.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        for (String n : names) {
            if (!out.containsKey(n)) {
                System.err.println(
                        "option --" + n + " is missing: expected " + List.of(names) + ", given " + List.of(args));
                System.exit(2);
            }
        }
        return out;
    }
}
