package org.layerzoo.data.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;

class TextTest {
    @Test
    void aReviewSaysItsLabelInItsWords() {
        Sentiment s = new Sentiment(400, 0.4);
        int right = 0;
        int favourable = 0;
        for (int i = 0; i < 400; i++) {
            Sentiment.Review r = s.draw(Rng.of(i));
            right += Sentiment.label(r.text()) == r.label() ? 1 : 0;
            favourable += r.label();
            assertTrue(r.text().length() <= 400 && r.text().length() > 120, r.text());
            assertEquals(r.text(), ByteText.text(ByteText.ids(r.text(), 400)));
        }
        assertEquals(400, right);
        assertEquals(200, favourable, 40);
    }

    @Test
    void aPairSharesItsTemplateOrNot() {
        DocumentPairs d = new DocumentPairs(300, 4);
        int shared = 0;
        for (int i = 0; i < 300; i++) {
            DocumentPairs.Pair p = d.draw(Rng.of(i));
            String a = DocumentPairs.template(p.first());
            assertEquals(4, a.trim().split(" ").length, p.first());
            assertEquals(p.label() == 1, a.equals(DocumentPairs.template(p.second())));
            assertTrue(
                    p.first().length() <= 300 && p.first().length() > 120,
                    p.first().length() + " bytes");
            shared += p.label();
        }
        assertEquals(150, shared, 35);
    }
}
