package org.layerzoo.cli.claims;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One job of an experiment.
 *
 * @param kind benchmark, training or probe, or study for a row that another study has measured
 * @param spec the job's specification, or the study's name and the key of its row
 */
public record Run(String kind, ObjectNode spec) {
    private static final int DIGITS = 12;

    /** Name under which its figures are kept: equal jobs of several experiments run once. */
    public String key() {
        try {
            byte[] all = (kind + sorted(spec)).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(all))
                    .substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The plugin that is measured or trained. */
    public String plugin() {
        JsonNode first = kind.equals("benchmark") ? spec.path("plugins").path(0) : spec.path("plugin");
        return first.path("id").asString("");
    }

    /** Whether its figures are a row of another study instead of a job's. */
    public boolean ofStudy() {
        return kind.equals("study");
    }

    /** The same as one would type it. */
    public String command() {
        if (ofStudy()) {
            return "zoo study " + spec.path("study").asString() + " --only " + plugin() + " (row "
                    + spec.path("row").asString() + ")";
        }
        StringJoiner out = new StringJoiner(" ");
        out.add("zoo").add(kind.equals("benchmark") ? "bench" : kind.equals("training") ? "train" : "probe");
        out.add(plugin());
        spec.properties().forEach(e -> option(out, e.getKey(), e.getValue()));
        spec.path("plugins").path(0).path("set").properties().forEach(s -> out.add("--set")
                .add(s.getKey() + "=" + s.getValue().asString()));
        return out.toString();
    }

    private static void option(StringJoiner out, String name, JsonNode value) {
        if (name.equals("plugin") || name.equals("plugins")) {
            return;
        }
        String option = "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
        if (value.isObject()) {
            value.properties().forEach(e -> out.add(option)
                    .add(e.getKey() + "=" + e.getValue().asString()));
        } else if (value.isArray()) {
            out.add(option)
                    .add(String.join(
                            ",", value.valueStream().map(JsonNode::asString).toList()));
        } else if (value.isBoolean()) {
            if (value.booleanValue()) {
                out.add(option);
            }
        } else {
            out.add(option).add(value.asString());
        }
    }

    private static String sorted(JsonNode n) {
        if (!n.isObject()) {
            return n.toString();
        }
        Map<String, String> fields = new TreeMap<>();
        n.properties().forEach(e -> fields.put(e.getKey(), sorted(e.getValue())));
        return fields.toString();
    }
}
