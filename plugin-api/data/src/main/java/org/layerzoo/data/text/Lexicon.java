package org.layerzoo.data.text;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.layerzoo.data.Rng;

/** Invented words of two or three syllables, all different; the same for a seed on every machine. */
public final class Lexicon {
    private static final String[] ONSETS = {"b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"};
    private static final String[] VOWELS = {"a", "e", "i", "o", "u"};

    private final List<String> words;

    public Lexicon(int size, long seed) {
        Rng rng = Rng.of(seed, size);
        Set<String> found = new LinkedHashSet<>();
        while (found.size() < size) {
            StringBuilder w = new StringBuilder();
            for (int i = rng.between(2, 3); i > 0; i--) {
                w.append(ONSETS[rng.nextInt(ONSETS.length)]).append(VOWELS[rng.nextInt(VOWELS.length)]);
            }
            found.add(w.toString());
        }
        words = List.copyOf(new ArrayList<>(found));
    }

    public String word(int i) {
        return words.get(i);
    }

    public int size() {
        return words.size();
    }
}
