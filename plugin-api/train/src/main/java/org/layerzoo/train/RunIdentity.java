package org.layerzoo.train;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.layerzoo.core.config.Configs;

/** What tells one run from another: its options by name. Equal identities give equal bits. */
record RunIdentity(SortedMap<String, String> options) {
    private static final String PREFIX = "run.";

    /** As a checkpoint's metadata holds it. */
    static RunIdentity read(Map<String, String> metadata) {
        SortedMap<String, String> found = new TreeMap<>();
        metadata.forEach((name, value) -> {
            if (name.startsWith(PREFIX)) {
                found.put(name.substring(PREFIX.length()), value);
            }
        });
        return new RunIdentity(found);
    }

    Map<String, String> metadata() {
        Map<String, String> out = new TreeMap<>();
        options.forEach((name, value) -> out.put(PREFIX + name, value));
        return out;
    }

    /** Names whose values differ, with this run's value and the other's; empty for the same run. */
    String differences(RunIdentity other) {
        StringJoiner out = new StringJoiner(", ");
        TreeSet<String> names = new TreeSet<>(options.keySet());
        names.addAll(other.options.keySet());
        for (String name : names) {
            String mine = options.getOrDefault(name, "nothing");
            String its = other.options.getOrDefault(name, "nothing");
            if (!mine.equals(its)) {
                out.add(name + " " + its + " there, " + mine + " here");
            }
        }
        return out.toString();
    }

    /** SHA-256 of the options. */
    String digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(Configs.mapper().writeValueAsBytes(options)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
