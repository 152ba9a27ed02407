package org.layerzoo.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Size;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds a card's modes against those of the layers in its jar. What a layer can do may hang on its configuration, so all
 * are looked at that differ from a preset in one switch, one enumerated value or one alternative.
 */
final class DeclaredModes {
    private DeclaredModes() {}

    /**
     * A plugin without layers (a recipe, a task) lists the modes of the models it works on, which nothing here declares.
     *
     * @throws ZooException BAD_PLUGIN when the card lists a mode that no layer has, or leaves one out
     */
    static void check(String id, PaperCard card, List<? extends Provider<?>> providers) {
        SortedSet<String> declared = new TreeSet<>();
        for (Provider<?> p : providers) {
            if (p instanceof LayerProvider<?> layer) {
                declared.addAll(of(layer));
            }
        }
        if (!declared.isEmpty() && !declared.equals(new TreeSet<>(card.modes()))) {
            throw new ZooException(
                    ErrorCode.BAD_PLUGIN,
                    id + ": card.yaml lists the modes " + new TreeSet<>(card.modes())
                            + ", its layers declare in one configuration or another " + declared);
        }
    }

    static <C extends Record> SortedSet<String> of(LayerProvider<C> p) {
        SortedSet<String> out = new TreeSet<>();
        for (Size size : List.of(Size.TINY, Size.TEST)) {
            C preset = p.defaults(size);
            add(p, preset, out);
            for (ObjectNode change : changes(Configs.schema(preset), Configs.toJson(preset))) {
                changed(preset, change).ifPresent(c -> add(p, c, out));
            }
        }
        return out;
    }

    private static <C extends Record> void add(LayerProvider<C> p, C config, SortedSet<String> out) {
        p.signature(config).modes().stream().map(Mode::label).forEach(out::add);
    }

    /** Nothing where the other values do not go with the change. */
    private static <C extends Record> Optional<C> changed(C preset, ObjectNode change) {
        try {
            return Optional.of(Configs.read(preset, change));
        } catch (ZooException _) {
            return Optional.empty();
        }
    }

    /** Overrides that change one value each. */
    private static List<ObjectNode> changes(JsonNode schema, JsonNode values) {
        List<ObjectNode> out = new ArrayList<>();
        schema.path("properties").properties().forEach(e -> {
            for (JsonNode value : others(e.getValue(), values.path(e.getKey()))) {
                ObjectNode change = Configs.mapper().createObjectNode();
                change.set(e.getKey(), value);
                out.add(change);
            }
        });
        return out;
    }

    private static List<JsonNode> others(JsonNode schema, JsonNode value) {
        List<JsonNode> out = new ArrayList<>();
        if (schema.path("type").asString("").equals("boolean")) {
            out.add(Configs.mapper().getNodeFactory().booleanNode(!value.asBoolean(false)));
        }
        schema.path("enum").forEach(out::add);
        schema.path("oneOf").forEach(alternative -> out.add(filled(alternative, value)));
        out.addAll(changes(schema, value));
        return out;
    }

    /** An alternative with the present values where it has the same names, else with the least that is allowed. */
    private static ObjectNode filled(JsonNode alternative, JsonNode present) {
        ObjectNode o = Configs.mapper().createObjectNode();
        alternative.path("properties").properties().forEach(e -> {
            JsonNode s = e.getValue();
            String type = s.path("type").asString("");
            if (s.has("const")) {
                o.set(e.getKey(), s.get("const"));
            } else if (present.has(e.getKey())) {
                o.set(e.getKey(), present.get(e.getKey()));
            } else if (type.equals("integer") || type.equals("number")) {
                o.put(e.getKey(), s.path("minimum").asInt(1));
            } else if (type.equals("boolean")) {
                o.put(e.getKey(), false);
            } else if (s.has("enum")) {
                o.set(e.getKey(), s.path("enum").path(0));
            } else if (s.has("oneOf")) {
                o.set(
                        e.getKey(),
                        filled(s.path("oneOf").path(0), Configs.mapper().createObjectNode()));
            }
        });
        return o;
    }
}
