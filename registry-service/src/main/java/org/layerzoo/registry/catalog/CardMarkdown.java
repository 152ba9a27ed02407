package org.layerzoo.registry.catalog;

import java.util.StringJoiner;

/** A paper's card as Markdown; formulas stay LaTeX between dollar signs. */
final class CardMarkdown {
    private CardMarkdown() {}

    static String of(JarEntity jar, PaperCard card) {
        var text = new StringJoiner("\n\n", "", "\n");
        text.add("# " + card.title());
        text.add(source(jar, card));
        text.add(card.summary().strip());
        section(text, "Mechanism", card.mechanism());
        section(text, "Cost", cost(card.complexity()));
        section(text, "Claims", claims(card));
        section(text, "Reference", card.reference());
        section(text, "Notes", card.notes());
        return text.toString();
    }

    private static String source(JarEntity jar, PaperCard card) {
        var parts = new StringJoiner(" · ");
        if (!card.authors().isEmpty()) {
            parts.add(String.join(", ", card.authors()));
        }
        parts.add(Integer.toString(jar.year));
        if (!jar.arxiv.isEmpty()) {
            parts.add("[arXiv:" + jar.arxiv + "](https://arxiv.org/abs/" + jar.arxiv + ")");
        }
        return parts.toString();
    }

    private static String cost(PaperCard.Cost cost) {
        var rows = new StringJoiner("\n");
        row(rows, "time", cost.time());
        row(rows, "memory", cost.memory());
        row(rows, "state", cost.state());
        return rows.length() == 0 ? "" : "| what | order |\n|---|---|\n" + rows;
    }

    private static void row(StringJoiner rows, String name, String value) {
        if (!value.isEmpty()) {
            rows.add("| " + name + " | " + value + " |");
        }
    }

    private static String claims(PaperCard card) {
        var lines = new StringJoiner("\n");
        card.claims()
                .forEach(claim -> lines.add("- **" + claim.id() + "** " + claim.text()
                        + (claim.paper().isEmpty() ? "" : " (paper: " + claim.paper() + ")")));
        return lines.toString();
    }

    private static void section(StringJoiner text, String title, String body) {
        if (!body.isBlank()) {
            text.add("## " + title).add(body.strip());
        }
    }
}
