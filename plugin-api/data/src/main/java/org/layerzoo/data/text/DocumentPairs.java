package org.layerzoo.data.text;

import org.layerzoo.data.Rng;

/**
 * Pairs of documents: each hides a template, a fixed number of rare words in order, among common ones. Label 1 when
 * both hide the same template, else 0.
 *
 * @param bytes upper bound of a document's length; documents have half of that or more
 * @param template words of a template
 */
public record DocumentPairs(int bytes, int template) {
    private static final Lexicon COMMON = new Lexicon(128, 12);
    private static final Lexicon RARE = new Lexicon(512, 13);

    public DocumentPairs {
        // A word and a blank have at most 7 bytes.
        if (template < 1 || bytes / 2 < 14 * template) {
            throw new IllegalArgumentException(bytes + " bytes do not hold a template of " + template
                    + " words: at least " + 28 * template + " expected");
        }
    }

    /** Two documents and whether they share a template. */
    public record Pair(String first, String second, int label) {}

    public Pair draw(Rng rng) {
        int label = rng.nextInt(2);
        int[] a = rng.choose(template, RARE.size());
        int[] b = label == 1 ? a : other(rng, a);
        return new Pair(document(rng, a), document(rng, b), label);
    }

    private int[] other(Rng rng, int[] a) {
        while (true) {
            int[] b = rng.choose(template, RARE.size());
            if (!java.util.Arrays.equals(a, b)) {
                return b;
            }
        }
    }

    private String document(Rng rng, int[] hidden) {
        int length = rng.between(bytes / 2, bytes);
        StringBuilder s = new StringBuilder();
        int next = 0;
        while (true) {
            int room = length - s.length() - 7;
            int needed = 7 * (hidden.length - next);
            if (room < 0 && next == hidden.length) {
                return s.toString().stripTrailing();
            }
            // Evenly spread on average; forced when the rest just fits.
            boolean now = next < hidden.length
                    && (room < needed || rng.nextInt(Math.max(1, room / 7)) < hidden.length - next);
            s.append(now ? rare(hidden[next++]) : COMMON.word(rng.nextInt(COMMON.size())))
                    .append(' ');
        }
    }

    /** Rare words carry a mark that common ones lack, so that a template can be read off a document. */
    private static String rare(int i) {
        return "x" + RARE.word(i).substring(1);
    }

    /** The template of a document as one text. */
    public static String template(String document) {
        StringBuilder s = new StringBuilder();
        for (String w : document.split(" ")) {
            if (w.startsWith("x")) {
                s.append(w).append(' ');
            }
        }
        return s.toString();
    }
}
