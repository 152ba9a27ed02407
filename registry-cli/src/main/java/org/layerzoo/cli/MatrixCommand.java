package org.layerzoo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Draws mixing matrices. */
@Command(
        name = "matrix",
        description = "Draw who looks at whom: the weights where the layer has them, else the size of dy_i/dx_j.")
final class MatrixCommand extends LocalCommand {
    @Parameters(
            paramLabel = "ID",
            arity = "1..*",
            description = "layers; with several, their ids are added to the file's name")
    List<String> ids = new ArrayList<>();

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "64",
            description = "tokens (default: ${DEFAULT-VALUE})")
    int length = 64;

    @Option(names = "--output", paramLabel = "FILE.png", required = true, description = "image to write")
    Path output = Path.of("");

    @Mixin
    ConfigOptions config = new ConfigOptions();

    @Mixin
    DrawOptions draws = new DrawOptions();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    @Override
    public Integer call() {
        ObjectNode document = object();
        ArrayNode matrices = document.putArray("matrices");
        Path folder = output.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw CommandFailure.badInput("--output: the folder " + folder + " does not exist");
        }
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            ids.forEach(id -> jar(plugins, id));
            for (String id : ids) {
                Outcome.Succeeded done = jobs.result("matrix", job(id), all(plugins), limits.limits());
                Path file = file(id);
                Jobs.deliver(done.files().getFirst(), file);
                ObjectNode matrix = (ObjectNode) done.json();
                matrix.put("output", file.toAbsolutePath().toString());
                matrices.add(matrix);
                if (!zoo.json) {
                    out().printf(
                                    "%s: %s of %d tokens in %s%n",
                                    id,
                                    ListCommand.text(matrix, "kind"),
                                    matrix.path("rows").size(),
                                    file);
                }
            }
        }
        if (zoo.json) {
            print(document);
        }
        return 0;
    }

    private ObjectNode job(String id) {
        ObjectNode o = object();
        o.put("id", id).put("length", length);
        draws.into(o);
        config.into(o);
        backend.into(o);
        return o;
    }

    private Path file(String id) {
        if (ids.size() == 1) {
            return output;
        }
        String name = output.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String base = dot < 0 ? name : name.substring(0, dot);
        return output.resolveSibling(base + "-" + id.replace('/', '-') + (dot < 0 ? "" : name.substring(dot)));
    }
}
