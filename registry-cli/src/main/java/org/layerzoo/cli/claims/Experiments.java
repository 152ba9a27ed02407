package org.layerzoo.cli.claims;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The experiments that this release declares, from one YAML file a family: {@code bases} are named beginnings of runs, which a run takes over by
 * {@code base: NAME}; {@code experiments} list id and either reason or measures, runs, rule and shows.
 */
public final class Experiments {
    /** Families whose claims are measured. */
    public static final List<String> FAMILIES = List.of("linear-attention", "recurrent-and-ssm", "memory-transformers");

    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private Experiments() {}

    /** All of them, by family and in the order of the files. */
    public static List<Experiment> all() {
        return FAMILIES.stream().flatMap(f -> of(f).stream()).toList();
    }

    /** Those of a family. @throws ZooException BAD_CONFIG naming the experiment and what is wrong */
    public static List<Experiment> of(String family) {
        JsonNode shared = read("bases");
        JsonNode file = read(family);
        List<Experiment> out = new ArrayList<>();
        file.path("experiments").forEach(e -> out.add(new Reader(shared.path("bases"), e).experiment()));
        return out;
    }

    private static JsonNode read(String name) {
        try (InputStream in = Experiments.class.getResourceAsStream(name + ".yaml")) {
            if (in == null) {
                throw new ZooException(ErrorCode.BAD_CONFIG, "no experiments '" + name + "'");
            }
            return YAML.readTree(in.readAllBytes());
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, name + ".yaml cannot be read: " + e.getMessage(), e);
        }
    }

    private record Reader(JsonNode bases, JsonNode given) {
        Experiment experiment() {
            boolean measured = !given.has("reason");
            List<String> expected = measured ? List.of("measures", "runs", "rule", "shows") : List.of("reason");
            for (String key : expected) {
                if (given.path(key).isMissingNode()
                        || given.path(key).isEmpty() && given.path(key).isObject()) {
                    throw wrong("'" + key + "' is missing");
                }
            }
            SequencedMap<String, Run> runs = new LinkedHashMap<>();
            given.path("runs").properties().forEach(r -> runs.put(r.getKey(), run(r.getValue())));
            return new Experiment(id(), text("reason"), text("measures"), runs, text("rule"), text("shows"));
        }

        private String id() {
            String id = text("id");
            if (!id.matches("[a-z0-9-]+/claim-\\d+")) {
                throw wrong("id like mamba/claim-1 expected, given '" + id + "'");
            }
            return id;
        }

        private String text(String key) {
            return given.path(key).asString("").strip();
        }

        /** A benchmark names its plugins in a list, other jobs have one. */
        private Run run(JsonNode declared) {
            ObjectNode spec = merged(declared);
            String kind = spec.path("job").asString("");
            if (!List.of("benchmark", "training", "probe", "study").contains(kind)) {
                throw wrong("job benchmark, training, probe or study expected, given '" + kind + "'");
            }
            String plugin = spec.path("plugin").asString("");
            if (plugin.isEmpty()) {
                throw wrong("a run names no plugin");
            }
            spec.remove(List.of("job", "plugin"));
            ObjectNode id = Configs.mapper().createObjectNode().put("id", plugin);
            if (kind.equals("benchmark")) {
                JsonNode set = spec.remove("set");
                if (set != null) {
                    id.set("set", set);
                }
                spec.putArray("plugins").add(id);
            } else {
                spec.set("plugin", id);
            }
            return new Run(kind, spec);
        }

        private ObjectNode merged(JsonNode declared) {
            String name = declared.path("base").asString("");
            if (name.isEmpty()) {
                return ((ObjectNode) declared).deepCopy();
            }
            if (!bases.has(name)) {
                throw wrong("no base '" + name + "'");
            }
            ObjectNode out = merged(bases.get(name));
            declared.properties().forEach(e -> out.set(e.getKey(), e.getValue()));
            out.remove("base");
            return out;
        }

        private ZooException wrong(String what) {
            return new ZooException(
                    ErrorCode.BAD_CONFIG, "experiment " + given.path("id").asString("?") + ": " + what);
        }
    }
}
