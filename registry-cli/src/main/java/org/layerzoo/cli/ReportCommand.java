package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Outcome;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A command whose job answers with a report. */
abstract class ReportCommand extends LocalCommand {
    @Parameters(paramLabel = "ID", description = "the plugin, ID[@VERSION][/PROVIDER]")
    String id = "";

    @Option(names = "--out", paramLabel = "DIR", description = "folder for report.json and each block as PNG and CSV")
    Optional<Path> out = Optional.empty();

    @Mixin
    SizeOptions size = new SizeOptions();

    @Mixin
    DrawOptions draws = new DrawOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    abstract String kind();

    /** What the kind of job needs beside plugin, seed and size. */
    void more(ObjectNode job) {}

    @Override
    public Integer call() {
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            jar(plugins, id);
            Optional<OutputFolder> folder = out.map(OutputFolder::create);
            ObjectNode job = object();
            job.putObject("plugin").put("id", id);
            draws.into(job);
            size.into(job);
            more(job);
            Outcome.Succeeded done = jobs.result(kind(), job, all(plugins), limits.limits());
            ObjectNode document = (ObjectNode) done.json();
            folder.ifPresent(f -> f.take(done.files(), document));
            if (zoo.json) {
                print(document);
            } else {
                text(document);
            }
        }
        return 0;
    }

    private void text(JsonNode report) {
        out().println(ListCommand.text(report, "title"));
        for (JsonNode b : report.path("blocks")) {
            out().println();
            String title = ListCommand.text(b, "title");
            switch (ListCommand.text(b, "type")) {
                case "scalar" ->
                    out().println(title + ": " + b.path("value") + " " + ListCommand.text(b, "unit") + paper(b));
                case "table" -> table(title, b);
                default ->
                    out().println(title + " (" + ListCommand.text(b, "type")
                            + (out.isPresent() ? ", see " + out.get() : ", --out DIR draws it") + ")");
            }
        }
        report.path("claims")
                .forEach(c -> out().println("claim " + ListCommand.text(c, "claim") + ": " + ListCommand.text(c, "ours")
                        + paper(c) + (c.path("holds").asBoolean() ? ", holds" : ", does not hold")));
    }

    private static String paper(JsonNode n) {
        String p = ListCommand.text(n, "paper");
        return p.isEmpty() ? "" : " (paper: " + p + ")";
    }

    private void table(String title, JsonNode b) {
        out().println(title);
        Table t = new Table(
                b.path("columns").valueStream().map(c -> c.asString("")).toArray(String[]::new));
        b.path("rows")
                .forEach(r -> t.row(r.valueStream().map(c -> c.asString("")).toArray(String[]::new)));
        t.print(out());
    }
}
