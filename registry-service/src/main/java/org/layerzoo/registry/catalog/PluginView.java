package org.layerzoo.registry.catalog;

import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.Claim;
import org.layerzoo.registry.api.Complexity;
import org.layerzoo.registry.api.ParameterShape;
import org.layerzoo.registry.api.Plugin;
import org.layerzoo.registry.api.Provider;
import org.layerzoo.registry.api.PublicationState;
import org.layerzoo.registry.api.Source;
import org.layerzoo.registry.api.VerificationEntry;
import org.layerzoo.registry.api.Version;
import org.layerzoo.registry.api.Waiver;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A catalogued jar as the API shows it. */
final class PluginView {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private final JsonMapper json;

    PluginView(JsonMapper json) {
        this.json = json;
    }

    Plugin plugin(JarEntity jar, Optional<VerificationEntry> verification) {
        JsonNode metadata = json.readTree(jar.metadata);
        Levels levels = Levels.parse(jar.levels);
        return new Plugin()
                .id(jar.pluginId)
                .version(jar.version)
                .title(jar.title)
                .family(jar.family)
                .kind(jar.kind)
                .modes(List.of(jar.modes))
                .backends(List.of(jar.backends))
                .level(levels.highest())
                .levels(levels.states())
                .year(jar.year)
                .arxiv(jar.arxiv)
                .source(Source.fromValue(jar.source))
                .sha256(jar.sha256)
                .summary(jar.summary)
                .fidelity(jar.fidelity)
                .spi(jar.spi)
                .requires(jar.requires)
                .size(jar.size)
                .cataloguedAt(jar.cataloguedAt.atOffset(ZoneOffset.UTC))
                .license(metadata.path("license").asString(""))
                .code(texts(metadata.path("code")))
                .authors(card(jar).authors())
                .claims(metadata.path("claims")
                        .valueStream()
                        .map(PluginView::claim)
                        .toList())
                .checks(texts(metadata.path("checks")))
                .golden(texts(metadata.path("golden")))
                .providers(metadata.path("providers")
                        .valueStream()
                        .map(this::provider)
                        .toList())
                .verification(verification.orElse(null));
    }

    Version version(JarEntity jar, Optional<Releases.Release> release) {
        Version version = version(jar);
        release.ifPresent(known -> version.state(PublicationState.PUBLISHED)
                .yanked(known.yanked())
                .yankReason(known.yankReason())
                .deprecated(!known.deprecation().isEmpty())
                .deprecation(known.deprecation())
                .publisher(known.publisher())
                .publishedAt(known.publishedAt())
                .signature(known.signature())
                .keyFingerprint(known.fingerprint())
                .publicKey(known.publicKey())
                .tags(known.tags())
                .aliases(known.aliases())
                .downloads(known.downloads())
                .license(known.license())
                .dependencies(known.dependencies()));
        return version;
    }

    private static Version version(JarEntity jar) {
        Levels levels = Levels.parse(jar.levels);
        return new Version(
                jar.version,
                Source.fromValue(jar.source),
                jar.sha256,
                jar.size,
                jar.spi,
                jar.cataloguedAt.atOffset(ZoneOffset.UTC),
                false,
                jar.present,
                levels.highest(),
                levels.states());
    }

    /** The configuration's schema with the default configurations under {@code defaults}. */
    Optional<Map<String, Object>> schema(JarEntity jar, String provider) {
        return json.readTree(jar.metadata)
                .path("providers")
                .valueStream()
                .filter(node -> node.path("name").asString("").equals(provider))
                .findFirst()
                .map(node -> {
                    Map<String, Object> schema = object(node.path("configSchema"));
                    schema.put("defaults", object(node.path("defaults")));
                    return schema;
                });
    }

    static PaperCard card(JarEntity jar) {
        try {
            return PaperCard.parse(jar.card);
        } catch (CatalogException e) {
            throw new IllegalStateException("the card of " + jar.pluginId + " was checked when it was catalogued", e);
        }
    }

    private Provider provider(JsonNode node) {
        var provider = new Provider(
                node.path("name").asString(""),
                node.path("kind").asString(""),
                texts(node.path("modes")),
                object(node.path("configSchema")),
                object(node.path("defaults")),
                object(node.path("roles")),
                node.path("parameters").valueStream().map(this::parameter).toList(),
                node.path("parameterCount").asLong(0),
                node.path("waivers")
                        .valueStream()
                        .map(waiver -> new Waiver(
                                waiver.path("rule").asString(""),
                                waiver.path("reason").asString("")))
                        .toList(),
                node.path("matrix").asBoolean(false));
        if (node.path("signature").isObject()) {
            provider.signature(object(node.path("signature")));
        }
        if (node.path("contract").isObject()) {
            provider.contract(object(node.path("contract")));
        }
        JsonNode cost = node.path("complexity");
        if (cost.isObject()) {
            provider.complexity(new Complexity(
                    cost.path("time").asString(""),
                    cost.path("memory").asString(""),
                    cost.path("state").asString("")));
        }
        return provider;
    }

    private ParameterShape parameter(JsonNode node) {
        List<Long> shape =
                node.path("shape").valueStream().map(size -> size.asLong(0)).toList();
        return new ParameterShape(
                node.path("path").asString(""), shape, node.path("dtype").asString(""));
    }

    private static Claim claim(JsonNode node) {
        return new Claim(
                node.path("id").asString(""),
                node.path("text").asString(""),
                node.path("paper").asString(""));
    }

    private static List<String> texts(JsonNode node) {
        return node.valueStream()
                .filter(JsonNode::isString)
                .map(JsonNode::stringValue)
                .toList();
    }

    private Map<String, Object> object(JsonNode node) {
        return node.isObject() ? json.convertValue(node, OBJECT) : new java.util.LinkedHashMap<>();
    }
}
