package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.runner.child.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs a layer once. */
@Command(
        name = "run",
        description =
                "Create a layer, run it on an input, write outputs (out.<port>) and gradients (grad.in.*, grad.param.*).")
final class RunCommand extends LocalCommand {
    @Parameters(paramLabel = "ID", description = "the plugin, ID[@VERSION][/PROVIDER]")
    String id = "";

    @Option(names = "--config", paramLabel = "FILE.json", description = "configuration; the authors' with --official")
    Optional<Path> config = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one option of the configuration; repeatable; dots reach nested ones")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description = "parameters: safetensors or a golden file (default: random)")
    Optional<Path> weights = Optional.empty();

    @Option(names = "--official", description = "config, names and layouts are those of the authors' code")
    boolean official;

    @Option(names = "--case", paramLabel = "NAME", description = "with --official: the golden function to use")
    Optional<String> caseName = Optional.empty();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "inputs: safetensors, golden file or .npy (default: random)")
    Optional<Path> input = Optional.empty();

    @Option(
            names = "--shape",
            paramLabel = "2,64,32",
            split = ",",
            description = "shape of a random input: batch, length, width, or the main input's axes")
    List<Integer> shape = new ArrayList<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "seed of random parameters and inputs (default: ${DEFAULT-VALUE})")
    long seed;

    @Option(names = "--grad", description = "also gradients of sum(out * cot) to inputs and parameters")
    boolean grad;

    @Option(names = "--output", paramLabel = "FILE", description = "safetensors file to write")
    Optional<Path> output = Optional.empty();

    @Option(names = "--dtype", paramLabel = "f32|bf16|f16|f64", description = "type of parameters and inputs")
    Optional<String> dtype = Optional.empty();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    @Override
    public Integer call() {
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            jar(plugins, id);
            Outcome.Succeeded done = jobs.result("run", job(), all(plugins), limits.limits());
            output.ifPresent(file -> Jobs.deliver(done.files().getFirst(), file));
            ObjectNode document = (ObjectNode) done.json();
            output.ifPresent(
                    file -> document.put("output", file.toAbsolutePath().toString()));
            if (zoo.json) {
                print(document);
            } else {
                table(document);
            }
        }
        return 0;
    }

    private ObjectNode job() {
        if (official && input.isEmpty()) {
            throw CommandFailure.badInput(
                    "--official needs --input FILE: random inputs exist for our own configuration only");
        }
        if (caseName.isPresent() && !official) {
            throw CommandFailure.badInput("--case needs --official");
        }
        if (!shape.isEmpty() && input.isPresent()) {
            throw CommandFailure.badInput("--shape is for random inputs: give it or --input, not both");
        }
        ObjectNode o = object();
        o.put("id", id).put("seed", seed).put("grad", grad).put("official", official);
        config.ifPresent(f -> o.set("config", config(f)));
        if (!set.isEmpty()) {
            ObjectNode options = o.putObject("set");
            set.forEach(options::put);
        }
        weights.ifPresent(f -> o.put("weights", f.toAbsolutePath().toString()));
        input.ifPresent(f -> o.put("input", f.toAbsolutePath().toString()));
        caseName.ifPresent(c -> o.put("case", c));
        dtype.ifPresent(d -> o.put("dtype", floating(d)));
        if (!shape.isEmpty()) {
            ArrayNode sizes = o.putArray("shape");
            shape.forEach(sizes::add);
        }
        backend.into(o);
        return o;
    }

    static String floating(String dtype) {
        if (!List.of("f32", "bf16", "f16", "f64")
                .contains(DType.parse(dtype).name().toLowerCase())) {
            throw CommandFailure.badInput("--dtype must be one of f32, bf16, f16, f64, given '" + dtype + "'");
        }
        return dtype;
    }

    static JsonNode config(Path file) {
        try {
            return Configs.parse(Files.readString(file));
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ZooException(ErrorCode.BAD_FILE, "no file " + file, e);
        } catch (java.nio.charset.MalformedInputException e) {
            throw new ZooException(ErrorCode.BAD_FILE, file + " is no text in UTF-8", e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e, e);
        } catch (ZooException e) {
            throw new ZooException(e.code(), file + ": " + e.getMessage(), e);
        }
    }

    private void table(ObjectNode document) {
        Table t = new Table("TENSOR", "TYPE", "SHAPE", "NORM");
        document.path("tensors").properties().forEach(e -> {
            JsonNode v = e.getValue();
            String norm = v.path("finite").asBoolean(true)
                    ? v.path("norm").isNumber()
                            ? String.format("%.6g", v.get("norm").asDouble())
                            : ""
                    : "not finite";
            t.row(e.getKey(), ListCommand.text(v, "dtype"), v.path("shape").toString(), norm);
        });
        t.print(out());
        out().printf(
                        "%s %s on %s in %.1f ms%n",
                        ListCommand.text(document, "id"),
                        ListCommand.text(document, "version"),
                        ListCommand.text(document, "backend"),
                        document.path("milliseconds").asDouble());
        document.path("fallbacks").forEach(f -> err().println("fallback " + f.asString()));
    }
}
