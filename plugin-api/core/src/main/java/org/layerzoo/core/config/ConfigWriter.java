package org.layerzoo.core.config;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/** Records to JSON. */
final class ConfigWriter {
    private static final ObjectMapper MAPPER = Configs.mapper();

    private ConfigWriter() {}

    static ObjectNode record(Record r) {
        ObjectNode o = MAPPER.createObjectNode();
        for (Class<?> i : r.getClass().getInterfaces()) {
            if (i.isSealed()) {
                o.put("type", Components.label(r.getClass().getSimpleName()));
            }
        }
        for (RecordComponent c : r.getClass().getRecordComponents()) {
            Object v = Components.value(r, c);
            if (!(v instanceof Optional<?> opt && opt.isEmpty())) {
                o.set(c.getName(), value(v));
            }
        }
        return o;
    }

    static JsonNode value(Object v) {
        return switch (v) {
            case Optional<?> o -> value(o.orElseThrow());
            case Enum<?> e -> MAPPER.getNodeFactory().stringNode(Components.label(e.name()));
            case List<?> l -> {
                var a = MAPPER.createArrayNode();
                l.forEach(e -> a.add(value(e)));
                yield a;
            }
            case Map<?, ?> m -> MAPPER.valueToTree(m);
            case Record r -> record(r);
            default -> MAPPER.valueToTree(v);
        };
    }
}
