package org.layerzoo.core.spi;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads card.yaml. */
public final class Cards {
    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private Cards() {}

    /** @throws ZooException BAD_PLUGIN listing everything that is missing or wrong */
    public static PaperCard read(String where, InputStream in) {
        JsonNode n;
        try {
            n = YAML.readTree(in.readAllBytes());
        } catch (JacksonException e) {
            throw new ZooException(
                    ErrorCode.BAD_PLUGIN, where + ": card.yaml is no valid YAML: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, where + ": card.yaml cannot be read: " + e.getMessage(), e);
        }
        List<String> wrong = new ArrayList<>();
        for (String key : List.of(
                "title", "year", "fidelity", "family", "kind", "summary", "mechanism", "complexity", "claims")) {
            if (n == null || n.path(key).isMissingNode() || n.path(key).isNull()) {
                wrong.add("'" + key + "' is missing");
            }
        }
        if (!wrong.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_PLUGIN, where + ": card.yaml: " + String.join("; ", wrong));
        }
        return new PaperCard(
                n.get("title").asString(),
                strings(n.path("authors")),
                n.get("year").asInt(),
                n.path("arxiv").asString(""),
                strings(n.path("code")),
                n.path("reference").asString(""),
                fidelity(where, n.get("fidelity").asString()),
                n.get("family").asString(),
                n.get("kind").asString(),
                strings(n.path("modes")),
                n.get("summary").asString().strip(),
                n.get("mechanism").asString().strip(),
                new PaperCard.Complexity(
                        n.get("complexity").path("time").asString(""),
                        n.get("complexity").path("memory").asString(""),
                        n.get("complexity").path("state").asString("")),
                claims(n.get("claims")),
                n.path("notes").asString(""));
    }

    private static PaperCard.Fidelity fidelity(String where, String s) {
        try {
            return PaperCard.Fidelity.valueOf(s.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ZooException(
                    ErrorCode.BAD_PLUGIN,
                    where + ": card.yaml: fidelity must be reference, paper or reconstructed, given '" + s + "'",
                    e);
        }
    }

    private static List<String> strings(JsonNode n) {
        List<String> out = new ArrayList<>();
        n.forEach(e -> out.add(e.asString()));
        return List.copyOf(out);
    }

    private static List<PaperCard.Claim> claims(JsonNode n) {
        List<PaperCard.Claim> out = new ArrayList<>();
        n.forEach(e -> out.add(new PaperCard.Claim(
                e.path("id").asString(),
                e.path("text").asString(),
                e.path("paper").asString(""))));
        return List.copyOf(out);
    }
}
