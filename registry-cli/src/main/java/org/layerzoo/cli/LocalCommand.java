package org.layerzoo.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.plugin.Ref;
import org.layerzoo.runner.child.PluginJar;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What commands on local plugins share. */
abstract class LocalCommand implements Callable<Integer> {
    @ParentCommand
    ZooCommand zoo;

    @Spec
    CommandSpec spec;

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** The plugins found, none of them loaded; jars that were passed over are told on stderr. */
    final Plugins plugins() {
        Plugins found = Plugins.in(ZooHome.pluginFolders(zoo.plugins));
        found.problems().forEach(p -> err().println("zoo: passed over: " + p.replaceAll("\\s*\\R\\s*", " / ")));
        return found;
    }

    /**
     * The jar of a reference.
     *
     * @throws ZooException UNKNOWN_PLUGIN when there is no such plugin or not in this version
     */
    static JarLayout jar(Plugins plugins, String reference) {
        Ref ref = Ref.parse(reference);
        JarLayout jar = plugins.jar(ref.id());
        if (!ref.version().isEmpty()
                && !List.of(jar.version(), jar.shownVersion()).contains(ref.version())) {
            throw new ZooException(
                    ErrorCode.UNKNOWN_PLUGIN,
                    "plugin '" + ref.id() + "' is here in version " + jar.shownVersion() + ", expected " + ref.version()
                            + " (" + jar.file() + ")");
        }
        return jar;
    }

    /** All plugins at hand, for jobs whose configuration may name others. */
    static List<PluginJar> all(Plugins plugins) {
        return plugins.jars().values().stream()
                .map(j -> new PluginJar(j.id(), j.shownVersion(), j.file()))
                .toList();
    }

    static ObjectNode object() {
        return Configs.mapper().createObjectNode();
    }

    final void print(JsonNode document) {
        out().println(Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
    }
}
