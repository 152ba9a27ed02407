package org.layerzoo.runner.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.config.Roles;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.plugin.Ref;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Size;
import tools.jackson.databind.JsonNode;

/** Finds what a job is about and configures it. */
final class Subjects {
    private Subjects() {}

    static Plugin plugin(Plugins plugins, String ref) {
        return plugins.plugin(Ref.parse(ref).id());
    }

    static Provider<?> provider(Plugins plugins, String ref) {
        Ref r = Ref.parse(ref);
        return plugins.plugin(r.id()).provider(r.provider());
    }

    /** @throws ZooException BAD_ARGUMENT when the reference names something else than a layer */
    static LayerProvider<?> layer(Plugins plugins, String ref) {
        Provider<?> p = provider(plugins, ref);
        if (p instanceof LayerProvider<?> l) {
            return l;
        }
        throw new ZooException(
                ErrorCode.BAD_ARGUMENT, "'" + ref + "' is no layer but a " + kind(p) + ": expected a layer");
    }

    /** "task", "probe", ... */
    static String kind(Provider<?> p) {
        return switch (p) {
            case LayerProvider<?> l -> "layer";
            case org.layerzoo.core.spi.KvPolicyProvider<?> k -> "kv-policy";
            case org.layerzoo.core.spi.RecipeProvider<?> r -> "recipe";
            case org.layerzoo.core.spi.ProbeProvider<?> r -> "probe";
            case org.layerzoo.core.spi.TaskProvider<?> t -> "task";
            case org.layerzoo.core.spi.EnvironmentProvider<?> e -> "environment";
            case org.layerzoo.core.spi.RuntimeProvider<?> r -> "runtime";
            case org.layerzoo.core.spi.CollectionProvider<?> c -> "collection";
        };
    }

    /** The TEST configuration with {@code config} over it and {@code set} over both. */
    static <C extends Record> C configured(Provider<C> p, Optional<JsonNode> config, Map<String, String> set) {
        C defaults = p.defaults(Size.TEST);
        C read = config.isPresent() ? Configs.read(defaults, config.get()) : defaults;
        return set.isEmpty() ? read : Configs.set(read, set);
    }

    /** Model width and heads that a user asks for; both are set at once, since a configuration may tie them. */
    record Sizes(OptionalInt dim, OptionalInt heads) {
        static Sizes of(int dim, int heads) {
            return new Sizes(OptionalInt.of(dim), OptionalInt.of(heads));
        }
    }

    /** Sets the components with roles and adds the names of options that have none to {@code ignored}. */
    static <C extends Record> C sized(C config, Sizes sizes, List<String> ignored) {
        Map<String, String> set = new LinkedHashMap<>();
        sizes.dim().ifPresent(v -> role(config, Role.Kind.DIM, "dim", v, set, ignored));
        sizes.heads().ifPresent(v -> role(config, Role.Kind.HEADS, "heads", v, set, ignored));
        return set.isEmpty() ? config : Configs.set(config, set);
    }

    private static void role(
            Record config, Role.Kind kind, String option, int value, Map<String, String> set, List<String> ignored) {
        List<String> paths = Roles.paths(config.getClass(), kind);
        if (paths.isEmpty()) {
            ignored.add(option);
        }
        paths.forEach(p -> set.put(p, Integer.toString(value)));
    }
}
