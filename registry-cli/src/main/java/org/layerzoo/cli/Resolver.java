package org.layerzoo.cli;

import com.github.zafarkhaja.semver.Version;
import com.github.zafarkhaja.semver.expr.ExpressionParser;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Chooses versions: of each plugin the highest published one that is not yanked and that everyone who needs it can use. What a chosen
 * version needs narrows the choice of others, so this goes on until nothing changes.
 */
final class Resolver {
    private static final int ROUNDS = 100;
    private static final String ANY = "*";

    private final RemoteRegistry registry;
    private final Map<String, List<JsonNode>> known = new HashMap<>();

    Resolver(RemoteRegistry registry) {
        this.registry = registry;
    }

    /** What was asked for: a range, or an alias, by plugin. */
    static Map<String, String> requests(List<String> references) {
        var requests = new LinkedHashMap<String, String>();
        for (String reference : references) {
            String[] parts = reference.split("@", 2);
            String range = parts.length > 1 && !parts[1].equals("latest") ? parts[1].strip() : ANY;
            if (!parts[0].matches("[a-z0-9]+(-[a-z0-9]+)*") || !isAlias(range) && !isRange(range)) {
                throw CommandFailure.badInput(
                        "expected ID, ID@ALIAS or ID@RANGE such as mamba@^1.2, given '" + reference + "'");
            }
            requests.put(parts[0], range);
        }
        return requests;
    }

    private static boolean isAlias(String range) {
        return range.matches("[a-z][a-z0-9-]*") && !range.equals("x");
    }

    private static boolean isRange(String range) {
        if (Version.tryParse(range).isPresent()) {
            return true;
        }
        try {
            return ExpressionParser.newInstance().parse(range) != null;
        } catch (RuntimeException _) {
            return false;
        }
    }

    /** Whether a version is one of a range; a pre-release only where the range is just that version. */
    static boolean satisfies(String version, String range) {
        if (Version.tryParse(range).isPresent()) {
            return version.equals(range);
        }
        Version semver = Version.parse(version);
        return semver.preReleaseVersion().isEmpty() && semver.satisfies(range);
    }

    Map<String, Locked> resolve(Map<String, String> requests) {
        Map<String, Map<String, String>> needs = Map.of();
        for (int round = 0; round < ROUNDS; round++) {
            var chosen = new TreeMap<String, Locked>();
            Map<String, Map<String, String>> next = new TreeMap<>();
            requests.forEach((id, range) ->
                    next.computeIfAbsent(id, one -> new TreeMap<>()).put("the command", range));
            needs.forEach(
                    (id, by) -> next.computeIfAbsent(id, one -> new TreeMap<>()).putAll(by));
            next.forEach((id, by) -> chosen.put(id, choose(id, by)));
            Map<String, Map<String, String>> found = new TreeMap<>();
            chosen.values().forEach(plugin -> plugin.dependencies()
                    .forEach((id, range) -> found.computeIfAbsent(id, one -> new TreeMap<>())
                            .put(plugin.id() + " " + plugin.version(), range)));
            if (found.equals(needs)) {
                chosen.replaceAll((id, plugin) -> plugin.asked(requests.getOrDefault(id, "")));
                return chosen;
            }
            needs = found;
        }
        throw CommandFailure.no(
                "no choice of versions suits all: expected one within " + ROUNDS + " rounds, for " + requests.keySet());
    }

    /** What the publishers of chosen versions say against their use, a sentence each. */
    List<String> deprecations(Map<String, Locked> chosen) {
        return chosen.values().stream()
                .flatMap(plugin -> known.getOrDefault(plugin.id(), List.of()).stream()
                        .filter(version -> version.path("version").asString().equals(plugin.version()))
                        .filter(version -> version.path("deprecated").asBoolean())
                        .map(version -> plugin.id() + " " + plugin.version() + " is deprecated: "
                                + version.path("deprecation").asString("")))
                .toList();
    }

    private Locked choose(String id, Map<String, String> ranges) {
        List<JsonNode> published = known.computeIfAbsent(
                id, one -> registry.all("/api/v1/plugins/" + RemoteRegistry.encoded(one) + "/versions").stream()
                        .filter(version -> version.path("state").asString("").equals("published"))
                        .toList());
        Optional<JsonNode> best = published.stream()
                .filter(version -> ranges.values().stream().allMatch(range -> suits(version, range)))
                .max(Comparator.comparing(
                        version -> Version.parse(version.path("version").asString())));
        return best.map(version -> locked(id, version))
                .orElseThrow(() -> CommandFailure.no("no published version of " + id + " suits: expected " + ranges
                        + ", the registry has "
                        + published.stream()
                                .map(version -> version.path("version").asString()
                                        + (version.path("yanked").asBoolean() ? " (yanked)" : ""))
                                .toList()));
    }

    private static boolean suits(JsonNode version, String range) {
        if (version.path("yanked").asBoolean()) {
            return false;
        }
        return isAlias(range)
                ? ListCommand.texts(version.path("aliases")).contains(range)
                : satisfies(version.path("version").asString(), range);
    }

    private static Locked locked(String id, JsonNode version) {
        var dependencies = new TreeMap<String, String>();
        version.path("dependencies")
                .properties()
                .forEach(one -> dependencies.put(one.getKey(), one.getValue().asString()));
        return new Locked(
                id,
                version.path("version").asString(),
                "",
                version.path("sha256").asString(),
                version.path("signature").asString(),
                version.path("publicKey").asString(),
                version.path("publisher").asString(),
                dependencies);
    }
}
