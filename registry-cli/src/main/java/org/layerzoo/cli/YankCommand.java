package org.layerzoo.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Withdraws a published version. */
@Command(
        name = "yank",
        description = "Withdraw a published version: nothing new resolves to it, and who has it locked still gets it.")
final class YankCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID@VERSION", description = "the version")
    String reference = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "shown with the version")
    String reason = "";

    @Option(names = "--undo", description = "take a yank back")
    boolean undo;

    @Override
    int call(RemoteRegistry registry) {
        String[] parts = idAndVersion(reference);
        String path = "/api/v1/plugins/" + RemoteRegistry.encoded(parts[0]) + "/versions/"
                + RemoteRegistry.encoded(parts[1]) + (undo ? "/unyank" : "/yank");
        JsonNode version = registry.post(path, object().put("reason", reason));
        if (zoo.json) {
            print(version);
        } else {
            out().println(reference + (undo ? " is back" : " is yanked"));
        }
        return 0;
    }
}
