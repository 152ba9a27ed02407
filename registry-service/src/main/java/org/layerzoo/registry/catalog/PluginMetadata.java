package org.layerzoo.registry.catalog;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.layerzoo.registry.catalog.CatalogException.Reason;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A jar's {@code META-INF/layerzoo/plugin.json}, format 1, as its packager wrote it.
 *
 * @param document the whole text, kept as it is because the order of its fields is the order of forms
 */
public record PluginMetadata(
        String id,
        String version,
        String spi,
        String requires,
        String title,
        int year,
        String arxiv,
        String family,
        String kind,
        String fidelity,
        List<String> modes,
        String summary,
        List<String> backends,
        List<String> providers,
        Map<String, String> entries,
        String document) {
    /** A name that stands twice would be read in two ways. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    /** Ids and versions stand in addresses and in names of files. */
    static final Pattern ID = Pattern.compile("(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*");

    private static final Pattern SEMVER =
            Pattern.compile("(?=.{1,64}$)\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(-[0-9A-Za-z.-]+)?");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern RANGE = Pattern.compile("[\\[(][^,]*,[^,]*[\\])]");
    private static final Set<String> FIDELITIES = Set.of("reference", "paper", "reconstructed");
    private static final Set<String> KINDS = Set.of(
            "mixer",
            "channel-mixer",
            "encoding",
            "token-reduction",
            "model",
            "kv-cache",
            "recipe",
            "probe",
            "task",
            "runtime",
            "collection",
            "block",
            "environment");

    static PluginMetadata parse(String text) throws CatalogException {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new CatalogException(Reason.METADATA_INVALID, "expected JSON: " + e.getOriginalMessage());
        }
        var fields = new Fields(root);
        if (fields.integer("format", 0, Integer.MAX_VALUE) != 1) {
            fields.fail("format", "1");
        }
        Map<String, String> entries = fields.textMap("entries");
        entries.forEach((name, digest) -> {
            if (!SHA256.matcher(digest).matches()) {
                fields.fail("entries." + name, "a SHA-256 in hexadecimal");
            }
        });
        List<String> providers = providers(fields);
        var metadata = new PluginMetadata(
                fields.text("id", ID, "lower-case words joined by hyphens, 64 characters at most"),
                fields.text("version", SEMVER, "a SemVer version of 64 characters at most"),
                fields.text("spi"),
                fields.text("requires", RANGE, "a range such as [0.1,0.2)"),
                fields.text("title"),
                fields.integer("year", 1900, 2200),
                fields.optionalText("arxiv"),
                fields.text("family"),
                fields.oneOf("kind", KINDS),
                fields.oneOf("fidelity", FIDELITIES),
                List.copyOf(fields.texts("modes")),
                fields.text("summary"),
                List.copyOf(fields.texts("backends")),
                providers,
                Map.copyOf(entries),
                text);
        if (!fields.wrong().isEmpty()) {
            throw new CatalogException(Reason.METADATA_INVALID, String.join("; ", fields.wrong()));
        }
        return metadata;
    }

    private static List<String> providers(Fields fields) {
        var list = fields.objects("providers");
        if (list.isEmpty()) {
            fields.fail("providers", "at least one provider");
        }
        for (Fields provider : list) {
            provider.text("kind");
            provider.object("configSchema", true);
            provider.object("defaults", true);
            provider.object("roles", false);
            provider.object("signature", false);
            provider.object("contract", false);
            provider.flag("matrix");
            for (Fields parameter : provider.objects("parameters")) {
                parameter.text("path");
                parameter.text("dtype");
                parameter.wholes("shape");
            }
        }
        return list.stream().map(provider -> provider.optionalText("name")).toList();
    }
}
