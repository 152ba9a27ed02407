package org.layerzoo.testkit.golden;

import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a case went.
 *
 * @param errors error of each tensor by its name in the file ("out.y", "grad.in.x"); NaN where one is not finite
 * @param detail why it failed; empty when it passed
 */
public record GoldenResult(String name, boolean passed, double tolerance, Map<String, Double> errors, String detail) {
    static GoldenResult failed(String name, double tolerance, String why) {
        return new GoldenResult(name, false, tolerance, Map.of(), why);
    }

    public ObjectNode toJson(ObjectMapper mapper) {
        ObjectNode o = mapper.createObjectNode();
        o.put("case", name).put("passed", passed).put("tolerance", tolerance);
        ObjectNode e = o.putObject("errors");
        errors.forEach((k, v) -> {
            if (Double.isFinite(v)) {
                e.put(k, v);
            } else {
                e.put(k, v.toString());
            }
        });
        if (!detail.isEmpty()) {
            o.put("detail", detail);
        }
        return o;
    }
}
