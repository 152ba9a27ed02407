package org.layerzoo.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What a registry has of a plugin. */
@Command(name = "versions", description = "List the versions of a plugin that a registry has, newest first.")
final class VersionsCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "the plugin")
    String id = "";

    @Override
    int call(RemoteRegistry registry) {
        List<JsonNode> versions = registry.all("/api/v1/plugins/" + RemoteRegistry.encoded(id) + "/versions");
        if (zoo.json) {
            ArrayNode all = org.layerzoo.core.config.Configs.mapper().createArrayNode();
            versions.forEach(all::add);
            print(all);
            return versions.isEmpty() ? 1 : 0;
        }
        Table table = new Table("VERSION", "STATE", "LEVEL", "PUBLISHER", "DATE", "DOWNLOADS", "ALIASES", "NOTE");
        versions.forEach(version -> table.row(
                text(version, "version"),
                version.path("yanked").asBoolean()
                        ? "yanked"
                        : version.path("state").asString("local"),
                version.path("level").asString(),
                text(version, "publisher"),
                version.path("publishedAt")
                        .asString(text(version, "cataloguedAt"))
                        .split("T")[0],
                version.path("downloads").asString(""),
                String.join(",", ListCommand.texts(version.path("aliases"))),
                version.path("yankReason").asString("")
                        + version.path("deprecation").asString("")));
        table.print(out());
        return versions.isEmpty() ? 1 : 0;
    }

    private static String text(JsonNode version, String name) {
        return ListCommand.text(version, name);
    }
}
