package org.layerzoo.registry.catalog;

import java.util.List;
import org.layerzoo.registry.catalog.CatalogException.Reason;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A jar's {@code card.yaml}: the paper as its plugin's author describes it.
 *
 * @param document the whole text
 */
public record PaperCard(
        String title,
        List<String> authors,
        String summary,
        String mechanism,
        String reference,
        String notes,
        List<Claim> claims,
        Cost complexity,
        String document) {
    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    public record Claim(String id, String text, String paper) {}

    public record Cost(String time, String memory, String state) {}

    static PaperCard parse(String text) throws CatalogException {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JacksonException e) {
            throw new CatalogException(Reason.CARD_INVALID, "expected YAML: " + e.getOriginalMessage());
        }
        var fields = new Fields(root);
        JsonNode cost = root.path("complexity");
        var card = new PaperCard(
                fields.text("title"),
                List.copyOf(fields.texts("authors")),
                fields.text("summary"),
                fields.optionalText("mechanism"),
                fields.optionalText("reference"),
                fields.optionalText("notes"),
                fields.objects("claims").stream()
                        .map(claim -> new Claim(claim.text("id"), claim.text("text"), claim.optionalText("paper")))
                        .toList(),
                new Cost(
                        cost.path("time").asString(""),
                        cost.path("memory").asString(""),
                        cost.path("state").asString("")),
                text);
        if (!fields.wrong().isEmpty()) {
            throw new CatalogException(Reason.CARD_INVALID, String.join("; ", fields.wrong()));
        }
        return card;
    }
}
