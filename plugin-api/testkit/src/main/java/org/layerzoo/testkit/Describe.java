package org.layerzoo.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.layerzoo.core.Spi;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.config.Roles;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.plugin.JarDigests;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.EnvironmentProvider;
import org.layerzoo.core.spi.KvPolicyProvider;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RuntimeProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.TaskProvider;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes plugin.json: everything a catalogue must know of a jar without loading its code. */
public final class Describe {
    private Describe() {}

    /** {@code --jar FILE --out FILE}; exit 1 with one line on stderr when the jar cannot be described. */
    public static void main(String[] args) throws IOException {
        Map<String, String> options = Arguments.parse(args, "jar", "out");
        try {
            JarLayout layout = JarLayout.checkUndescribed(Path.of(options.get("jar")));
            Plugin plugin = Plugins.loadAlone(layout);
            Files.write(
                    Path.of(options.get("out")),
                    Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(of(plugin)));
        } catch (ZooException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /**
     * plugin.json of a loaded plugin.
     *
     * @throws ZooException BAD_PLUGIN when its card and its code contradict each other
     */
    public static ObjectNode of(Plugin plugin) {
        PaperCard card = plugin.card();
        DeclaredModes.check(plugin.id(), card, plugin.providers());
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("format", 1).put("id", plugin.id()).put("version", plugin.jar().version());
        o.put("spi", Spi.VERSION.substring(0, Spi.VERSION.lastIndexOf('.'))).put("requires", Spi.RANGE);
        o.put("title", card.title()).put("year", card.year()).put("arxiv", card.arxiv());
        card.code().forEach(o.putArray("code")::add);
        o.put("family", card.family())
                .put("kind", card.kind())
                .put("fidelity", card.fidelity().name().toLowerCase());
        TreeSet<String> modes = new TreeSet<>(card.modes());
        ArrayNode providers = Configs.mapper().createArrayNode();
        for (Provider<?> p : plugin.providers()) {
            ObjectNode described = provider(p, card);
            described.path("modes").forEach(m -> modes.add(m.asString()));
            providers.add(described);
        }
        modes.forEach(o.putArray("modes")::add);
        o.put("summary", card.summary()).put("license", "Apache-2.0");
        ArrayNode backends = o.putArray("backends");
        Dispatcher.backends().forEach(b -> backends.add(b.name()));
        backends.add("reference");
        ArrayNode claims = o.putArray("claims");
        card.claims().forEach(c -> claims.addObject()
                .put("id", c.id())
                .put("text", c.text())
                .put("paper", c.paper()));
        ArrayNode checks = o.putArray("checks");
        plugin.providers().forEach(p -> p.checks().forEach(c -> checks.add(c.name())));
        ArrayNode golden = o.putArray("golden");
        plugin.golden().keySet().forEach(n -> golden.add(n.replaceAll("\\.(safetensors|json)$", "")));
        o.set("providers", providers);
        ObjectNode entries = o.putObject("entries");
        JarDigests.of(plugin.jar().file()).forEach(entries::put);
        return o;
    }

    private static <C extends Record> ObjectNode provider(Provider<C> p, PaperCard card) {
        C test = p.defaults(Size.TEST);
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("name", p.name()).put("kind", kind(p)).put("class", p.getClass().getName());
        o.set("configSchema", Configs.schema(test));
        ObjectNode defaults = o.putObject("defaults");
        for (Size s : Size.values()) {
            defaults.set(s.name().toLowerCase(), Configs.toJson(p.defaults(s)));
        }
        ObjectNode roles = o.putObject("roles");
        for (Role.Kind k : Role.Kind.values()) {
            Optional<String> path = Roles.path(p.config(), k);
            path.ifPresentOrElse(
                    v -> roles.put(k.name().toLowerCase(), v),
                    () -> roles.putNull(k.name().toLowerCase()));
        }
        if (p instanceof LayerProvider<C> l) {
            layer(o, l, test);
        } else {
            ArrayNode modes = o.putArray("modes");
            if (p.name().isEmpty()) {
                card.modes().forEach(modes::add);
            }
        }
        o.putObject("complexity")
                .put("time", card.complexity().time())
                .put("memory", card.complexity().memory())
                .put("state", card.complexity().state());
        ArrayNode waivers = o.putArray("waivers");
        p.waivers().forEach(w -> waivers.addObject().put("rule", w.rule()).put("reason", w.reason()));
        return o;
    }

    private static <C extends Record> void layer(ObjectNode o, LayerProvider<C> l, C config) {
        Signature s = l.signature(config);
        ObjectNode sig = o.putObject("signature");
        ports(sig.putArray("in"), s.in());
        ports(sig.putArray("out"), s.out());
        ArrayNode state = sig.putArray("state");
        s.state().forEach(x -> state.addObject()
                .put("name", x.name())
                .put("kind", x.kind())
                .put("axes", x.axes())
                .put("doc", x.doc()));
        contract(o.putObject("contract"), s.contract());
        ArrayNode modes = o.putArray("modes");
        s.modes().stream().map(Mode::label).forEach(modes::add);
        Model m = Models.build("", l, config, Models.Options.of(0));
        ArrayNode parameters = o.putArray("parameters");
        m.params().params().values().forEach(p -> {
            ObjectNode e = parameters
                    .addObject()
                    .put("path", p.path())
                    .put("dtype", p.spec().dtype().name());
            ArrayNode shape = e.putArray("shape");
            for (int d : p.spec().shape().dims()) {
                shape.add(d);
            }
        });
        o.put("parameterCount", m.params().count());
        o.put("matrix", s.tokenInput().isPresent() && s.tokenOutput().isPresent());
    }

    private static void ports(ArrayNode out, java.util.List<Port> ports) {
        ports.forEach(p -> out.addObject()
                .put("name", p.name())
                .put("axes", p.axes())
                .put("dtype", p.dtype().name())
                .put("role", p.role().name().toLowerCase())
                .put("doc", p.doc()));
    }

    private static void contract(ObjectNode o, Contract c) {
        o.put("causality", label(c.causality()))
                .put("streaming", label(c.streaming()))
                .put("gradient", label(c.gradient()));
        o.put("batchCoupled", c.batchCoupled()).put("ownsResidual", c.ownsResidual());
        if (c.fixedLength().isPresent()) {
            o.put("fixedLength", c.fixedLength().getAsInt());
        } else {
            o.putNull("fixedLength");
        }
    }

    private static String label(Enum<?> e) {
        return e.name().toLowerCase().replace('_', '-');
    }

    private static String kind(Provider<?> p) {
        return switch (p) {
            case LayerProvider<?> l -> "layer";
            case KvPolicyProvider<?> k -> "kv-policy";
            case RecipeProvider<?> r -> "recipe";
            case ProbeProvider<?> r -> "probe";
            case TaskProvider<?> t -> "task";
            case EnvironmentProvider<?> e -> "environment";
            case RuntimeProvider<?> r -> "runtime";
            case CollectionProvider<?> c -> "collection";
        };
    }
}
