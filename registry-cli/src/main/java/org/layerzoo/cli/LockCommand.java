package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes zoo.lock without installing anything. */
@Command(
        name = "lock",
        description =
                "Choose versions and write them with their digests to zoo.lock; without a name, those of the lock anew.")
final class LockCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID@RANGE", arity = "0..*", description = "such as mamba@^1.2, mamba@champion or mamba")
    List<String> references = new ArrayList<>();

    @Option(names = "--lock", paramLabel = "FILE", description = "the lock file (default: zoo.lock)")
    Path lock = Path.of("zoo.lock");

    @Override
    int call(RemoteRegistry registry) {
        Map<String, String> requests = new LinkedHashMap<>();
        Locked.read(lock).orElse(Map.of()).values().stream()
                .filter(plugin -> !plugin.range().isEmpty())
                .forEach(plugin -> requests.put(plugin.id(), plugin.range()));
        requests.putAll(Resolver.requests(references));
        if (requests.isEmpty()) {
            throw CommandFailure.badInput("expected ID@RANGE or a lock file at '" + lock + "', given neither");
        }
        var resolver = new Resolver(registry);
        Map<String, Locked> chosen = resolver.resolve(requests);
        resolver.deprecations(chosen).forEach(line -> err().println("zoo: " + line));
        Locked.write(lock, chosen);
        if (zoo.json) {
            print(Locked.document(chosen));
        } else {
            chosen.forEach((id, plugin) -> out().println(id + " " + plugin.version() + " " + plugin.sha256()));
        }
        return 0;
    }
}
