package org.layerzoo.core.spi;

import java.util.List;

/** What card.yaml says: the paper, the authors' code, the mechanism in words and formulas, the claims. */
public record PaperCard(
        String title,
        List<String> authors,
        int year,
        String arxiv,
        List<String> code,
        String reference,
        Fidelity fidelity,
        String family,
        String kind,
        List<String> modes,
        String summary,
        String mechanism,
        Complexity complexity,
        List<Claim> claims,
        String notes) {

    /** REFERENCE: checked against the authors' code; PAPER: from the paper's equations; RECONSTRUCTED: gaps filled by choice. */
    public enum Fidelity {
        REFERENCE,
        PAPER,
        RECONSTRUCTED
    }

    /** Orders of growth in the field's letters, e.g. time "B T E N". */
    public record Complexity(String time, String memory, String state) {}

    /** A statement of the paper with its own figure as text. */
    public record Claim(String id, String text, String paper) {}
}
