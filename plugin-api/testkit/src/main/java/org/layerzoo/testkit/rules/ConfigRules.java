package org.layerzoo.testkit.rules;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Size;
import tools.jackson.databind.node.ObjectNode;

/** What every provider's configuration must do. */
final class ConfigRules {
    private ConfigRules() {}

    static List<Rules.Named> of(Provider<?> p) {
        return List.of(
                new Rules.Named("config round trip", () -> roundTrip(p)),
                new Rules.Named("config refuses bad input", () -> refuses(p)));
    }

    private static <C extends Record> String roundTrip(Provider<C> p) {
        for (Size size : Size.values()) {
            C c = p.defaults(size);
            Configs.validate(c);
            C back = Configs.read(p.defaults(Size.TEST), Configs.toJson(c));
            Expect.isTrue(back.equals(c), size + " config changes on its way through JSON: " + c + " became " + back);
        }
        ObjectNode schema = Configs.schema(p.defaults(Size.TEST));
        int documented = 0;
        for (var e : schema.get("properties").properties()) {
            Expect.isTrue(e.getValue().hasNonNull("description"), "option '" + e.getKey() + "' has no @Doc");
            documented++;
        }
        return documented + " options";
    }

    private static <C extends Record> String refuses(Provider<C> p) {
        try {
            Configs.read(
                    p.defaults(Size.TEST), Configs.mapper().createObjectNode().put("noSuchOption", 1));
        } catch (ZooException e) {
            Expect.isTrue(
                    e.getMessage().contains("noSuchOption"),
                    "the error does not name the unknown option: " + e.getMessage());
            return "unknown option refused";
        }
        Expect.isTrue(false, "an unknown option was accepted");
        return "";
    }
}
