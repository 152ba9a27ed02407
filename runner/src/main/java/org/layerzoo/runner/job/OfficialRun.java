package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.testkit.golden.GoldenFile;
import org.layerzoo.testkit.golden.GoldenRunner;
import org.layerzoo.testkit.golden.ReadTensors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A run in the terms of the authors' code: their configuration, parameter names and layouts, through a golden function. */
final class OfficialRun {
    private final Plugin plugin;
    private final Spec spec;
    private final OpInterpreter backend;
    private final Optional<DType> dtype;

    OfficialRun(Plugin plugin, Spec spec, OpInterpreter backend, Optional<DType> dtype) {
        this.plugin = plugin;
        this.spec = spec;
        this.backend = backend;
        this.dtype = dtype;
    }

    RunJob.Ran run(TensorFile weights, TensorFile input) {
        Tensors params = weights == TensorFile.NONE ? input.tensors().under("param.") : weights.params();
        GoldenFile file = file(weights, input, cast(renamed(input)), cast(params));
        ReadTensors used = new ReadTensors(backend);
        GoldenRunner runner = new GoldenRunner(plugin.providers(), used);
        GoldenFunction function = function(runner, file);
        GoldenRunner.Run run = computed(runner, function, file);
        refuseUnknown(function, file, used, run);
        return new RunJob.Ran(
                function.name(),
                (ObjectNode) file.input().config(),
                run.out(),
                run.inputGradients(),
                run.paramGradients());
    }

    private GoldenRunner.Run computed(GoldenRunner runner, GoldenFunction function, GoldenFile file) {
        try {
            return runner.run(file, function, spec.flag("grad"), file.cotangents());
        } catch (IllegalArgumentException e) { // a configuration record that refuses a value
            throw new ZooException(
                    ErrorCode.BAD_CONFIG, "config of case " + file.input().name() + ": " + e.getMessage(), e);
        }
    }

    /** The inputs under the names of the authors; a bare array is the only input of the plugin's golden cases. */
    private Tensors renamed(TensorFile input) {
        Tensors in = input.inputs();
        if (!in.has(TensorFile.ARRAY)) {
            return in;
        }
        Set<String> known = known(f -> f.input().in().names());
        if (known.size() != 1) {
            throw new ZooException(
                    ErrorCode.BAD_TENSORS,
                    input.file() + " holds one array without a name, but the inputs are " + known
                            + ": give a safetensors file with these names");
        }
        return Tensors.of(known.iterator().next(), in.single());
    }

    private Tensors cast(Tensors t) {
        return t.map(v -> v.dtype().isFloating() && dtype.isPresent() ? v.cast(dtype.get()) : v);
    }

    private GoldenFile file(TensorFile weights, TensorFile input, Tensors in, Tensors params) {
        Map<String, String> m = input.metadata().containsKey("config") || weights == TensorFile.NONE
                ? input.metadata()
                : weights.metadata();
        JsonNode config = spec.object("config")
                .orElseGet(
                        () -> Configs.parse(Optional.ofNullable(m.get("config")).orElseThrow(OfficialRun::noConfig)));
        ObjectNode full = ((ObjectNode) config).deepCopy();
        spec.texts("set").forEach((name, value) -> full.set(name, json(value)));
        String name = m.getOrDefault("case", spec.text("case", "run"));
        GoldenCase c = new GoldenCase(
                m.getOrDefault("slug", plugin.id()),
                name,
                m.getOrDefault("level", "layer"),
                full,
                in,
                params,
                Optional.empty());
        return new GoldenFile(
                name,
                c,
                Tensors.empty(),
                cast(input.cotangents()),
                Tensors.empty(),
                Tensors.empty(),
                0,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static ZooException noConfig() {
        return new ZooException(
                ErrorCode.BAD_CONFIG,
                "the authors' config is missing: expected --config FILE.json or a file with metadata 'config', given neither");
    }

    private static JsonNode json(String value) {
        try {
            return Configs.mapper().readTree(value);
        } catch (tools.jackson.core.JacksonException _) {
            return Configs.mapper().getNodeFactory().stringNode(value); // a bare word is a string
        }
    }

    private GoldenFunction function(GoldenRunner runner, GoldenFile file) {
        Optional<String> wanted = spec.optionalText("case");
        return runner.function(file, wanted)
                .orElseThrow(() -> new ZooException(
                        ErrorCode.BAD_ARGUMENT,
                        wanted.map(n -> "unknown case '" + n + "'").orElse("no function takes this input") + ": "
                                + plugin.id() + " has " + runner.names() + " (--case picks one)"));
    }

    /** Names that are in none of the plugin's golden files and that nothing was computed from. */
    private void refuseUnknown(GoldenFunction function, GoldenFile file, ReadTensors used, GoldenRunner.Run run) {
        List<String> unknown = new ArrayList<>();
        Set<String> inputs = known(f -> f.input().in().names());
        Set<String> params = known(f -> f.input().params().names());
        used.notIn(file.input().in()).stream()
                .filter(n -> !inputs.contains(n))
                .forEach(n -> unknown.add("input '" + n + "'"));
        used.notIn(file.input().params()).stream()
                .filter(n -> !params.contains(n))
                .forEach(n -> unknown.add("parameter '" + n + "'"));
        file.cotangents().names().stream()
                .filter(n -> !run.out().has(n))
                .forEach(n -> unknown.add("cotangent '" + n + "'"));
        if (!unknown.isEmpty()) {
            throw new ZooException(
                    ErrorCode.BAD_TENSORS,
                    "unknown " + String.join(", ", unknown) + ": case '" + function.name() + "' knows inputs " + inputs
                            + ", parameters " + params + ", outputs "
                            + run.out().names());
        }
    }

    private Set<String> known(java.util.function.Function<GoldenFile, Set<String>> names) {
        Set<String> out = new TreeSet<>();
        plugin.golden().forEach((name, bytes) -> {
            if (name.endsWith(".safetensors")) {
                out.addAll(names.apply(GoldenFile.parse(name, bytes)));
            }
        });
        return out;
    }
}
