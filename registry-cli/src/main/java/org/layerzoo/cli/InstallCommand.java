package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Fetches plugins, and what they need, from a registry into ZOO_HOME. */
@Command(
        name = "install",
        description =
                "Install plugins and what they need into ZOO_HOME, and write zoo.lock; without a name, what the lock says.")
final class InstallCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID@RANGE", arity = "0..*", description = "such as mamba@^1.2, mamba@champion or mamba")
    List<String> references = new ArrayList<>();

    @Option(
            names = "--frozen",
            description = "exactly what the lock says; exit 1 when it does not hold what is asked for")
    boolean frozen;

    @Option(names = "--lock", paramLabel = "FILE", description = "the lock file (default: zoo.lock)")
    Path lock = Path.of("zoo.lock");

    @Option(names = "--trust", paramLabel = "FINGERPRINT", description = "accept a new key of this fingerprint")
    Optional<String> trust = Optional.empty();

    @Override
    int call(RemoteRegistry registry) {
        Map<String, String> requests = Resolver.requests(references);
        Optional<Map<String, Locked>> before = Locked.read(lock);
        boolean exact = frozen || requests.isEmpty();
        Map<String, Locked> chosen = exact ? ofLock(before, requests) : resolve(registry, before, requests);
        var cache = new PluginCache(ZooHome.folder());
        Map<String, Path> jars = new LinkedHashMap<>();
        chosen.forEach((id, plugin) -> {
            Optional<String> trusted = exact ? Optional.of(PluginCache.fingerprint(plugin)) : trust;
            cache.requireTrusted(plugin, registry, trusted);
            jars.put(id, cache.fetch(plugin, registry));
            // Only now: a key that signed nothing here is not to be taken for the plugin's own.
            cache.trust(plugin, registry);
        });
        // All are there and good before the first is installed.
        chosen.forEach((id, plugin) -> jars.put(id, cache.install(plugin, jars.get(id))));
        if (!exact) {
            Map<String, Locked> all = new LinkedHashMap<>(before.orElse(Map.of()));
            all.putAll(chosen);
            Locked.write(lock, all);
        }
        tell(chosen, jars);
        return 0;
    }

    private Map<String, Locked> resolve(
            RemoteRegistry registry, Optional<Map<String, Locked>> before, Map<String, String> requests) {
        try {
            var resolver = new Resolver(registry);
            Map<String, Locked> chosen = resolver.resolve(requests);
            resolver.deprecations(chosen).forEach(line -> err().println("zoo: " + line));
            return chosen;
        } catch (RemoteRegistry.Unreachable e) {
            if (before.isEmpty()) {
                throw e;
            }
            err().println("zoo: " + e.getMessage() + "; going by " + lock);
            return ofLock(before, requests);
        }
    }

    /** What the lock holds of what is asked for, with what that needs; all of it when nothing is. */
    private Map<String, Locked> ofLock(Optional<Map<String, Locked>> before, Map<String, String> requests) {
        Map<String, Locked> locked = before.orElseThrow(
                () -> CommandFailure.badInput("--lock: expected a lock file, given '" + lock + "', which is none"));
        Map<String, Locked> wanted = new LinkedHashMap<>();
        if (requests.isEmpty()) {
            wanted.putAll(locked);
        }
        requests.forEach((id, range) -> take(locked, id, range, wanted));
        return wanted;
    }

    private void take(Map<String, Locked> locked, String id, String range, Map<String, Locked> wanted) {
        Locked plugin = Optional.ofNullable(locked.get(id))
                .filter(one -> one.range().equals(range) || rangeHolds(one.version(), range))
                .orElseThrow(() -> CommandFailure.no(lock + " does not hold what is asked for: expected " + id + "@"
                        + range + ", given "
                        + (locked.containsKey(id) ? locked.get(id).version() : "nothing") + "; run 'zoo lock'"));
        if (wanted.put(id, plugin) == null) {
            plugin.dependencies().forEach((needed, its) -> take(locked, needed, its, wanted));
        }
    }

    private static boolean rangeHolds(String version, String range) {
        try {
            return Resolver.satisfies(version, range);
        } catch (RuntimeException _) {
            return false; // an alias, which only the registry knows
        }
    }

    private void tell(Map<String, Locked> chosen, Map<String, Path> jars) {
        if (zoo.json) {
            ObjectNode document = Locked.document(chosen);
            document.path("plugins").forEach(plugin -> ((ObjectNode) plugin)
                    .put("file", jars.get(plugin.path("id").asString()).toString()));
            print(document);
            return;
        }
        chosen.forEach((id, plugin) ->
                out().println(id + " " + plugin.version() + " by " + plugin.publisher() + " in " + jars.get(id)));
    }
}
