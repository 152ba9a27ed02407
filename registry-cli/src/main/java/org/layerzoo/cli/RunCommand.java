package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.plugin.Plugins;
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

    @Option(names = "--grad", description = "also gradients of sum(out * cot) to inputs and parameters")
    boolean grad;

    @Option(names = "--output", paramLabel = "FILE", description = "safetensors file to write")
    Optional<Path> output = Optional.empty();

    @Mixin
    ConfigOptions config = new ConfigOptions();

    @Mixin
    TypeOptions type = new TypeOptions();

    @Mixin
    DrawOptions draws = new DrawOptions();

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
        o.put("id", id).put("grad", grad).put("official", official);
        config.into(o);
        draws.into(o);
        type.into(o);
        weights.ifPresent(f -> o.put("weights", f.toAbsolutePath().toString()));
        input.ifPresent(f -> o.put("input", f.toAbsolutePath().toString()));
        caseName.ifPresent(c -> o.put("case", c));
        if (!shape.isEmpty()) {
            ArrayNode sizes = o.putArray("shape");
            shape.forEach(sizes::add);
        }
        backend.into(o);
        return o;
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
