package org.layerzoo.core.spi;

import java.util.Map;
import org.layerzoo.core.Stable;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.config.Roles;
import org.layerzoo.core.layer.Layer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a reference names: a provider and its options, not yet built. A host sizes it to itself and reads its signature
 * before it builds it.
 *
 * @param options over the provider's TEST defaults; they may fit only when a host has added its sizes
 */
@Stable(since = "0.1")
public record Choice<C extends Record>(LayerRef ref, LayerProvider<C> provider, JsonNode options) {
    /** The provider with the reference's options. */
    public static <C extends Record> Choice<C> of(LayerProvider<C> provider, LayerRef ref) {
        return new Choice<>(ref, provider, Configs.mapper().valueToTree(ref.config()));
    }

    /** @throws org.layerzoo.core.ZooException BAD_CONFIG naming every option that is unknown or does not fit */
    public C config() {
        return Configs.read(provider.defaults(Size.TEST), options);
    }

    public Signature signature() {
        return provider.signature(config());
    }

    public Layer build(Build build) {
        return provider.build(config(), build);
    }

    /**
     * With the components of these roles set, and of these names where the configuration has them, both only where the
     * reference does not name them itself.
     */
    public Choice<C> preferring(Map<Role.Kind, Integer> roles, Map<String, Object> named) {
        ObjectNode wanted = Configs.mapper().createObjectNode();
        roles.forEach((kind, value) -> Roles.path(provider.config(), kind).ifPresent(path -> put(wanted, path, value)));
        ObjectNode known = Configs.toJson(provider.defaults(Size.TEST));
        named.forEach((name, value) -> {
            if (known.has(name)) {
                wanted.set(name, Configs.mapper().valueToTree(value));
            }
        });
        merge(wanted, options);
        return new Choice<>(ref, provider, wanted);
    }

    private static void put(ObjectNode root, String path, int value) {
        String[] parts = path.split("\\.");
        ObjectNode at = root;
        for (int i = 0; i < parts.length - 1; i++) {
            at = at.get(parts[i]) instanceof ObjectNode o ? o : at.putObject(parts[i]);
        }
        at.put(parts[parts.length - 1], value);
    }

    private static void merge(ObjectNode base, JsonNode over) {
        for (var e : over.properties()) {
            if (e.getValue().isObject() && base.get(e.getKey()) instanceof ObjectNode inner) {
                merge(inner, e.getValue());
            } else {
                base.set(e.getKey(), e.getValue());
            }
        }
    }
}
