package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.listops.Expression;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Cases of the authors' listops.py: expressions in the form of the tsv files or as tokens. Their value and length are
 * worked out; that they read back to the same text and keep the limits of the case is part of the format.
 */
final class ListOpsGolden implements GoldenFunction {
    @Override
    public String name() {
        return "listops";
    }

    @Override
    public boolean accepts(GoldenCase c) {
        return c.data().isPresent() && (c.has("max_depth") || c.name().startsWith("listops"));
    }

    @Override
    public Tensors run(GoldenCase c) {
        throw ZooException.unsupported("case " + c.name() + " holds tensors: ListOps cases are JSON data");
    }

    @Override
    public JsonNode runJson(GoldenCase c) {
        ArrayNode out = Configs.mapper().createArrayNode();
        for (JsonNode item : c.data().orElseThrow()) {
            out.add(one(c, item));
        }
        return out;
    }

    private static ObjectNode one(GoldenCase c, JsonNode item) {
        boolean source = item.hasNonNull("source");
        if (!source && !item.hasNonNull("tokens")) {
            throw new ZooException(
                    ErrorCode.BAD_FILE, "case " + c.name() + ": an item has neither source nor tokens: " + item);
        }
        Expression e = Expression.parse(item.get(source ? "source" : "tokens").asString());
        String tokens = String.join(" ", e.tokens());
        same(c, "source", item, e.source());
        same(c, "tokens", item, tokens);
        limits(c, e);
        return Configs.mapper()
                .createObjectNode()
                .put("value", e.value())
                .put("length", e.length())
                .put("n_tokens", e.tokens().size())
                .put("source", e.source())
                .put("tokens", tokens);
    }

    private static void same(GoldenCase c, String key, JsonNode item, String ours) {
        if (item.hasNonNull(key) && !item.get(key).asString().equals(ours)) {
            throw new ZooException(
                    ErrorCode.CHECK_FAILED,
                    "case " + c.name() + ": " + key + " '" + item.get(key).asString() + "' reads back as '" + ours
                            + "'");
        }
    }

    private static void limits(GoldenCase c, Expression e) {
        int n = e.length();
        boolean fits = n > c.integer("min_length", 0)
                && n < c.integer("max_length", Integer.MAX_VALUE)
                && e.depth() <= c.integer("max_depth", Integer.MAX_VALUE)
                && e.widest() <= c.integer("max_args", Integer.MAX_VALUE);
        if (!fits) {
            throw new ZooException(
                    ErrorCode.CHECK_FAILED,
                    "case " + c.name() + ": length " + n + ", depth " + e.depth() + " or " + e.widest()
                            + " arguments break the limits " + c.config());
        }
    }
}
