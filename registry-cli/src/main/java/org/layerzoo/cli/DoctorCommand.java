package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.job.Hardware;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What this machine offers and what is missing. */
@Command(name = "doctor", description = "Check this machine: JDK, CPU, backends, devices, libraries, plugins.")
final class DoctorCommand extends LocalCommand {
    @Override
    public Integer call() {
        ObjectNode o = object();
        o.put("zoo", Version.number());
        o.putObject("jdk")
                .put("version", Runtime.version().toString())
                .put("vendor", System.getProperty("java.vendor"))
                .put("home", System.getProperty("java.home"));
        machine(o.putObject("machine"));
        try (Jobs jobs = new Jobs(err(), zoo.debug)) {
            // In a child, since that is where ops run.
            o.set(
                    "backends",
                    jobs.result("backends", object(), List.of(), Limits.defaults())
                            .json()
                            .get("backends"));
        }
        ArrayNode libraries = o.putArray("libraries");
        Machine.libraries().forEach(l -> libraries
                .addObject()
                .put("name", l.name())
                .put("found", l.found())
                .put("for", l.purpose())
                .put("remedy", l.remedy()));
        pluginsFound(o.putObject("plugins"));
        o.put("home", ZooHome.folder().toString());
        o.put(
                "trust",
                "plugins run in child JVMs of your own user, with limits on time and memory: trust them like local programs (a runner can run them as another user: zoo runner --job-user)");
        if (zoo.json) {
            print(o);
        } else {
            text(o);
        }
        return 0;
    }

    private static void machine(ObjectNode machine) {
        machine.put("cpu", Hardware.cpu()).put("cores", Runtime.getRuntime().availableProcessors());
        Hardware.features().forEach(machine.putArray("features")::add);
        machine.put("memoryBytes", Limits.machineMemoryBytes());
        machine.put(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
    }

    private void pluginsFound(ObjectNode places) {
        List<Path> folders = ZooHome.pluginFolders(zoo.plugins);
        folders.stream().map(Path::toString).forEach(places.putArray("folders")::add);
        try (Plugins plugins = Plugins.in(folders)) {
            places.put("count", plugins.ids().size());
            plugins.problems().forEach(places.putArray("problems")::add);
        }
    }

    private void text(ObjectNode o) {
        JsonNode m = o.get("machine");
        out().println("zoo       " + ListCommand.text(o, "zoo"));
        out().println("JDK       " + o.at("/jdk/version").asString() + " ("
                + o.at("/jdk/vendor").asString() + ") in " + o.at("/jdk/home").asString());
        out().println("CPU       " + ListCommand.text(m, "cpu") + ", "
                + m.path("cores").asInt() + " cores, " + InfoCommand.list(m.path("features")));
        out().println("memory    " + Limits.formatSize(m.path("memoryBytes").asLong()) + ", "
                + ListCommand.text(m, "os"));
        for (JsonNode b : o.get("backends")) {
            out().println("backend   " + ListCommand.text(b, "name") + ": "
                    + (b.path("usable").asBoolean() ? "usable" : "NOT usable") + ", " + ListCommand.text(b, "summary"));
            b.path("details").forEach(d -> out().println("            " + d.asString()));
            b.path("kernels").properties().forEach(e -> out().println("            " + e.getKey() + ": "
                    + e.getValue().size() + " ops"
                    + (e.getKey().equals("vector") ? "" : " (" + InfoCommand.list(e.getValue()) + ")")));
            if (b.has("remedy")) {
                out().println("            " + ListCommand.text(b, "remedy"));
            }
        }
        for (JsonNode l : o.get("libraries")) {
            boolean found = l.path("found").asBoolean();
            out().println("library   " + ListCommand.text(l, "name") + ": " + (found ? "found" : "missing") + ", for "
                    + ListCommand.text(l, "for") + (found ? "" : "; " + ListCommand.text(l, "remedy")));
        }
        JsonNode p = o.get("plugins");
        out().println("plugins   " + p.path("count").asInt() + " in " + InfoCommand.list(p.path("folders")));
        p.path("problems").forEach(x -> out().println("            passed over: " + x.asString()));
        out().println("home      " + ListCommand.text(o, "home"));
        out().println("trust     " + ListCommand.text(o, "trust"));
    }
}
