package org.layerzoo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.Problem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The testkit on plugins, one child JVM each, so that one that hangs does not take the others with it. */
@Command(
        name = "verify",
        description =
                "Run the conformance suite (level 1), the golden files (level 2), the comparison of devices (level 3) and the"
                        + " experiments on the paper's claims (level 4), and store the levels of proof.")
final class VerifyCommand extends LocalCommand {
    @Parameters(paramLabel = "ID", arity = "0..*", description = "plugins")
    List<String> ids = new ArrayList<>();

    @Option(names = "--all", description = "all plugins found")
    boolean all;

    @Option(
            names = "--level",
            paramLabel = "1..4",
            defaultValue = "2",
            description = "highest level to run (default: ${DEFAULT-VALUE})")
    int level = 2;

    @Option(
            names = "--golden",
            paramLabel = "DIR",
            description = "use DIR/<id>/*.safetensors in place of the packaged golden files; stores nothing")
    Optional<Path> golden = Optional.empty();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "seed of the random inputs (default: ${DEFAULT-VALUE})")
    long seed = 1;

    @Option(
            names = "--write",
            paramLabel = "FILE.md",
            description = "put level 3's table between the marks of this file")
    Optional<Path> write = Optional.empty();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    private static final int CLAIMS = 4;

    private int worst;

    @Override
    public Integer call() {
        checkArguments();
        Optional<DeviceTable> table = write.map(DeviceTable::in);
        ObjectNode document = object();
        ArrayNode entries = document.putArray("plugins");
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            List<JarLayout> jars = chosen(plugins);
            for (int i = 0; i < jars.size(); i++) {
                ObjectNode entry = verify(jobs, plugins, jars.get(i), (double) i / jars.size(), 1.0 / jars.size());
                entries.add(entry);
                if (!zoo.json) {
                    text(entry);
                }
            }
        }
        table.ifPresent(t -> t.write(entries, LocalDate.now()));
        if (zoo.json) {
            print(document);
        }
        return worst;
    }

    private void checkArguments() {
        if (all == !ids.isEmpty()) {
            throw CommandFailure.badInput("verify needs plugin ids or --all, given " + (all ? "both" : "neither"));
        }
        if (level < 1 || level > 4) {
            throw CommandFailure.badInput("--level must be 1 to 4, given " + level);
        }
        if (write.isPresent() && level < 3) {
            throw CommandFailure.badInput("--write needs --level 3, given " + level);
        }
        golden.filter(dir -> !Files.isDirectory(dir)).ifPresent(dir -> {
            throw CommandFailure.badInput(
                    "--golden: expected a folder with a folder for each plugin, given '" + dir + "'");
        });
    }

    private List<JarLayout> chosen(Plugins plugins) {
        Set<JarLayout> out = new LinkedHashSet<>(all ? plugins.jars().values() : List.of());
        ids.forEach(id -> out.add(jar(plugins, id)));
        if (out.isEmpty()) {
            throw CommandFailure.no("there is no plugin to verify in " + ZooHome.pluginFolders(zoo.plugins));
        }
        golden.filter(dir -> out.stream().noneMatch(jar -> holdsFiles(dir.resolve(jar.id()))))
                .ifPresent(dir -> {
                    throw CommandFailure.no("--golden: expected " + dir.resolve("<id>")
                            + "/*.safetensors or *.json, found none for "
                            + String.join(", ", out.stream().map(JarLayout::id).toList()));
                });
        return List.copyOf(out);
    }

    private static boolean holdsFiles(Path folder) {
        String[] names = folder.toFile().list();
        return names != null && names.length > 0;
    }

    private ObjectNode verify(Jobs jobs, Plugins plugins, JarLayout jar, double from, double share) {
        ObjectNode job = object();
        job.putArray("plugins").addObject().put("id", jar.id()).put("version", jar.shownVersion());
        job.put("level", level).put("seed", seed);
        golden.ifPresent(dir -> job.put("golden", dir.toAbsolutePath().toString()));
        backend.into(job);
        Limits allowed = limits.limits();
        double tests = level < CLAIMS ? share : share / 2;
        Outcome outcome = jobs.outcome("verification", job, all(plugins), allowed, from, tests);
        ObjectNode entry =
                switch (outcome) {
                    case Outcome.Succeeded s ->
                        (ObjectNode) s.json().path("plugins").path(0);
                    case Outcome.Refused r -> broken(jar, r.problem());
                    case Outcome.Failed f -> broken(jar, f.problem());
                    case Outcome.Cancelled _ -> throw CommandFailure.of(3, "the verification was cancelled");
                };
        if (level == CLAIMS && golden.isEmpty() && outcome instanceof Outcome.Succeeded) {
            ClaimJobs measured = new ClaimJobs(plugins, jobs, ofClaims(allowed), err());
            new LevelFour(measured, new ClaimStore(ZooHome.folder())).into(entry, jar, from + tests, share - tests);
        }
        worst = Math.max(
                worst, Math.max(outcome.exitCode(), entry.path("passed").asBoolean() ? 0 : 1));
        if (golden.isEmpty()) {
            new LevelStore(ZooHome.folder()).write(jar.sha256(), entry);
        }
        return entry;
    }

    /** The experiments are declared for one thread, and some of their jobs take longer than a verification. */
    private Limits ofClaims(Limits given) {
        Limits l = given.withThreads(limits.threads.orElse(1));
        return spec.commandLine().getParseResult().hasMatchedOption("--time-limit")
                ? l
                : l.withWallTime(ClaimsStudy.LONGEST);
    }

    /** The entry of a plugin whose verification gave no result. */
    private static ObjectNode broken(JarLayout jar, Problem problem) {
        ObjectNode o = object();
        o.put("id", jar.id()).put("version", jar.shownVersion()).put("level", 0).put("passed", false);
        o.putObject("levels")
                .put("1", "failed")
                .put("2", "notRun")
                .put("3", "notRun")
                .put("4", "notRun");
        o.putArray("checks")
                .addObject()
                .put("name", "the verification runs to its end")
                .put("level", 1)
                .put("passed", false)
                .put("detail", Jobs.said(problem));
        o.putArray("golden");
        return o;
    }

    private void text(ObjectNode entry) {
        JsonNode checks = entry.path("checks");
        JsonNode cases = entry.path("golden");
        long failed = checks.valueStream()
                        .filter(c -> !c.path("passed").asBoolean())
                        .count()
                + cases.valueStream().filter(c -> !c.path("passed").asBoolean()).count()
                + entry.path("devices")
                        .valueStream()
                        .filter(d -> !d.path("passed").asBoolean())
                        .count();
        out().printf(
                        "%s %s %s: level %d, %d checks, %d golden cases, %d failed%n",
                        failed == 0 ? "ok    " : "FAILED",
                        ListCommand.text(entry, "id"),
                        ListCommand.text(entry, "version"),
                        entry.path("level").asInt(),
                        checks.size(),
                        cases.size(),
                        failed);
        checks.valueStream().filter(c -> !c.path("passed").asBoolean()).forEach(c -> out().println(
                        "  " + ListCommand.text(c, "name") + ": " + ListCommand.text(c, "detail")));
        cases.valueStream().filter(c -> !c.path("passed").asBoolean()).forEach(c -> out().println(
                        "  golden " + ListCommand.text(c, "case") + ": " + ListCommand.text(c, "detail")));
        entry.path("devices").forEach(this::device);
        entry.path("claims").forEach(c -> CardText.claim(c, out()));
        entry.path("reasons").properties().forEach(e -> out().println(
                        "  level " + e.getKey() + ": " + e.getValue().asString()));
        out().flush();
    }

    /** A row of level 3. */
    private void device(JsonNode d) {
        String provider = ListCommand.text(d, "provider");
        JsonNode fallbacks = d.path("fallbacks");
        out().printf(
                        "  %s%s on %s: outputs %s, gradients %s, hot %s, %s%n",
                        d.path("passed").asBoolean() ? "" : "FAILED ",
                        provider.isEmpty() ? "layer" : provider,
                        ListCommand.text(d, "backend"),
                        error(d.path("forwardError")),
                        error(d.path("gradientError")),
                        InfoCommand.list(d.path("hotOps")),
                        fallbacks.isEmpty() ? "no fallback" : fallbacks.size() + " fallbacks");
        d.path("failures").forEach(f -> out().println("    " + f.asString()));
        fallbacks.properties().forEach(f -> out().println(
                        "    falls back " + f.getValue().asLong() + " times: " + f.getKey()));
    }

    private static String error(JsonNode e) {
        return e.isNumber() ? String.format(java.util.Locale.ROOT, "%.1e", e.asDouble()) : "not run";
    }
}
