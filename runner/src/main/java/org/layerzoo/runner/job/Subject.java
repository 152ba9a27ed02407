package org.layerzoo.runner.job;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.ClassifierProvider;
import org.layerzoo.nn.host.EncoderConfig;
import org.layerzoo.nn.host.PairClassifierProvider;
import org.layerzoo.nn.host.TokenLabellerProvider;
import org.layerzoo.train.ModelFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Builds the model that is trained or looked at: a plugin's, one around its mixer, or a trained one from its file. */
final class Subject {
    private static final String CAUSAL_LM = "zoo/causal-lm";
    private static final String CLASSIFIER = "zoo/classifier";
    private static final String LABELLER = "zoo/token-labeller";
    private static final String PAIRS = "zoo/pair-classifier";

    private final ZooJob.Work work;
    private final Models.Options options;

    Subject(ZooJob.Work work, long seed) {
        this.work = work;
        this.options = work.plugins().options(seed, DType.F32);
    }

    /** For no task: a checkpoint that a training wrote, or a plugin's model in its TEST configuration. */
    Model of(String reference) {
        return reference.endsWith(".safetensors")
                ? checkpoint(Path.of(reference))
                : own(reference, Subjects.layer(work.plugins(), reference));
    }

    private <C extends Record> Model own(String id, LayerProvider<C> p) {
        return Models.build(
                id,
                p,
                Subjects.configured(p, work.spec().object("config"), work.spec().texts("set")),
                options);
    }

    private Model checkpoint(Path file) {
        if (!Files.exists(file)) {
            throw new ZooException(ErrorCode.BAD_FILE, "no file " + file);
        }
        Map<String, String> about = Safetensors.read(file).metadata();
        if (!about.containsKey("id") || !about.containsKey("config")) {
            throw new ZooException(
                    ErrorCode.BAD_FILE,
                    file + " is no trained model: expected metadata 'id' and 'config', given " + about.keySet());
        }
        if (about.get("id").isBlank()) {
            throw new ZooException(
                    ErrorCode.BAD_FILE,
                    file + " was trained in a backbone that belongs to its task: no plugin can build it again");
        }
        Model m = configured(about.get("id"), kept(about.get("id")), Configs.parse(about.get("config")));
        ModelFile.load(file, m);
        return m;
    }

    /** The provider that a file names; two backbones of tasks are no plugin's. */
    private LayerProvider<?> kept(String id) {
        return switch (id) {
            case LABELLER -> new TokenLabellerProvider();
            case PAIRS -> new PairClassifierProvider();
            default -> Subjects.layer(work.plugins(), id);
        };
    }

    private <C extends Record> Model configured(String id, LayerProvider<C> p, JsonNode config) {
        return Models.build(id, p, Subjects.configured(p, Optional.of(config), Map.of()), options);
    }

    /** For a task: the plugin's model sized to it, or the task's backbone around the plugin's mixer. */
    Model of(String reference, Task task) {
        if (reference.endsWith(".safetensors")) {
            return checkpoint(Path.of(reference));
        }
        LayerProvider<?> p = Subjects.layer(work.plugins(), reference);
        Optional<LayerProvider<?>> backbone = task.reference(new LayerRef(reference, overrides(p)));
        boolean whole = takesBatches(p, task);
        if (whole && backbone.isPresent() && backbone.get().config().equals(p.config())) {
            return sized(reference, p, backbone.get());
        }
        if (whole) {
            return own(reference, p);
        }
        return backbone.map(b -> preset(b, Optional.empty()))
                .orElseThrow(() -> ZooException.badArgument(
                        "'" + reference + "' is a mixer, and this task takes whole models only"));
    }

    private static <C extends Record> boolean takesBatches(LayerProvider<C> p, Task task) {
        return p.signature(p.defaults(Size.TEST)).in().stream()
                .filter(port -> port.role() == PortRole.REQUIRED)
                .allMatch(port -> task.batch().stream().anyMatch(b -> b.name().equals(port.name())));
    }

    /** Options of the mixer as the user gave them; the host sets the sizes. */
    private <C extends Record> Map<String, Object> overrides(LayerProvider<C> p) {
        if (work.spec().texts("set").isEmpty() && !work.spec().has("config")) {
            return Map.of();
        }
        C config =
                Subjects.configured(p, work.spec().object("config"), work.spec().texts("set"));
        ObjectNode own = (ObjectNode) Configs.toJson(config);
        @SuppressWarnings("unchecked")
        Map<String, Object> map =
                Configs.mapper().convertValue(differing(own, Configs.toJson(p.defaults(Size.TEST))), Map.class);
        return map;
    }

    /** What differs from the defaults; of a choice between kinds the whole. */
    private static ObjectNode differing(ObjectNode own, JsonNode defaults) {
        ObjectNode out = Configs.mapper().createObjectNode();
        own.properties().forEach(e -> {
            JsonNode usual = defaults.path(e.getKey());
            if (e.getValue() instanceof ObjectNode o
                    && usual.isObject()
                    && o.path("type").equals(usual.path("type"))) {
                ObjectNode inner = differing(o, usual);
                if (!inner.isEmpty()) {
                    out.set(e.getKey(), inner);
                }
            } else if (!e.getValue().equals(usual)) {
                out.set(e.getKey(), e.getValue());
            }
        });
        return out;
    }

    /** The plugin's kind of model with the task's sizes and the plugin's way to mix. */
    private Model sized(String reference, LayerProvider<?> p, LayerProvider<?> backbone) {
        Record own =
                Subjects.configured(p, work.spec().object("config"), work.spec().texts("set"));
        // A causal model that a task wants to look both ways is another kind of model, and is told by that.
        return host(p).equals(host(backbone))
                ? named(reference, preset(backbone, Optional.of(own)))
                : preset(backbone, Optional.of(own));
    }

    private <C extends Record> Model preset(LayerProvider<C> backbone, Optional<Record> mixing) {
        C config = backbone.defaults(Size.TEST);
        Record fitted = mixing.map(m -> mixedAs(config, m)).orElse(config);
        Model m = Models.build("", backbone, backbone.config().cast(fitted), options);
        return named(host(backbone), m);
    }

    private static String host(LayerProvider<?> backbone) {
        return switch (backbone) {
            case TokenLabellerProvider t -> LABELLER;
            case CausalLmProvider t -> CAUSAL_LM;
            case PairClassifierProvider t -> PAIRS;
            case ClassifierProvider t -> CLASSIFIER;
            default -> "";
        };
    }

    private static Model named(String id, Model m) {
        return new Model(id, m.layer(), m.params(), m.signature(), m.config());
    }

    private static Record mixedAs(Record config, Record own) {
        if (config instanceof CausalLmConfig c && own instanceof CausalLmConfig o) {
            return c.with(o.mixer());
        }
        if (config instanceof EncoderConfig c && own instanceof EncoderConfig o) {
            return c.with(o.mixer());
        }
        return config;
    }
}
