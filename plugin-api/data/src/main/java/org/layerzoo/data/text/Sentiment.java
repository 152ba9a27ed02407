package org.layerzoo.data.text;

import org.layerzoo.data.Rng;

/**
 * Reviews in an invented language: a Markov chain over two topics (0 and 1) chooses neutral words, and now and then an
 * opinion. A plain opinion is a word of the label's tone; a negated one begins with "not", goes on with neutral words
 * and ends with a word of the other tone. So counting words says little and the order much.
 *
 * @param bytes upper bound of a text's length; texts have half of that or more
 * @param negated share of opinions that are negated
 */
public record Sentiment(int bytes, double negated) {
    private static final Lexicon WORDS = new Lexicon(192, 11);
    private static final int NEUTRAL = 64;
    private static final int TONE = 32;
    private static final double STAY = 0.9;
    private static final double OPINION = 0.2;
    private static final int FARTHEST = 8;

    public Sentiment {
        if (bytes < 64 || negated < 0 || negated > 1) {
            throw new IllegalArgumentException(
                    "at least 64 bytes and a share in 0..1 expected, given " + bytes + " and " + negated);
        }
    }

    /** A text with its label: 1 for a favourable one. */
    public record Review(String text, int label) {}

    public Review draw(Rng rng) {
        int label = rng.nextInt(2);
        int length = rng.between(bytes / 2, bytes);
        int topic = rng.nextInt(2);
        StringBuilder s = new StringBuilder();
        // The last opinion must be whole: what is longer than the text is cut at a word that says nothing.
        while (s.length() < length) {
            topic = rng.chance(STAY) ? topic : 1 - topic;
            String piece = rng.chance(OPINION) ? opinion(rng, topic, label) : neutral(rng, topic);
            if (s.length() + piece.length() > length) {
                break;
            }
            s.append(piece).append(' ');
        }
        return new Review(s.toString().stripTrailing(), label);
    }

    private String opinion(Rng rng, int topic, int label) {
        if (!rng.chance(negated)) {
            return tone(rng, label);
        }
        StringBuilder s = new StringBuilder("not ");
        for (int i = rng.between(1, FARTHEST); i > 0; i--) {
            s.append(neutral(rng, topic)).append(' ');
        }
        return s.append(tone(rng, 1 - label)).toString();
    }

    private static String neutral(Rng rng, int topic) {
        return WORDS.word(topic * NEUTRAL + rng.nextInt(NEUTRAL));
    }

    private static String tone(Rng rng, int tone) {
        return WORDS.word(2 * NEUTRAL + tone * TONE + rng.nextInt(TONE));
    }

    /** The label that a text's words say, worked out from the text alone. */
    public static int label(String text) {
        int[] votes = new int[2];
        boolean not = false;
        for (String w : text.split(" ")) {
            if (w.equals("not")) {
                not = true;
                continue;
            }
            for (int i = 2 * NEUTRAL; i < WORDS.size(); i++) {
                if (WORDS.word(i).equals(w)) {
                    int tone = (i - 2 * NEUTRAL) / TONE;
                    votes[not ? 1 - tone : tone]++;
                    not = false;
                }
            }
        }
        return votes[1] > votes[0] ? 1 : 0;
    }
}
