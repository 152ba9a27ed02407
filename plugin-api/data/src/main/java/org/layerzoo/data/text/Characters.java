package org.layerzoo.data.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.layerzoo.data.Rng;
import org.layerzoo.data.sequence.TokenSample;

/**
 * A text as characters to be predicted one by one. Samples are windows side by side, which share no character, so that the hash of a window, by
 * which splits are made, keeps them apart.
 *
 * @param text ASCII
 * @param length T; each place asks for the character behind it, the last for nothing
 */
public record Characters(String text, int length) {
    /** Ids are ASCII codes. */
    public static final int VOCABULARY = 128;

    public Characters {
        if (length < 2 || length > text.length() / 8) {
            throw new IllegalArgumentException("windows of 2 to " + text.length() / 8
                    + " characters (an eighth of the text) expected, given " + length);
        }
        if (text.chars().anyMatch(c -> c >= VOCABULARY)) {
            throw new IllegalArgumentException("a text in ASCII expected");
        }
    }

    /** The manuals of this project as they were at version 0.1, under its licence: what there is to read where nothing may be fetched. */
    public static Characters manuals(int length) {
        return new Characters(Manuals.TEXT, length);
    }

    /** Read once, by who first asks. */
    private static final class Manuals {
        static final String TEXT = read();

        private static String read() {
            try (InputStream in = Characters.class.getResourceAsStream("manuals.txt")) {
                return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public TokenSample draw(Rng rng) {
        int from = length * rng.nextInt(text.length() / length);
        long[] tokens = new long[length];
        long[] targets = new long[length];
        Arrays.setAll(tokens, i -> text.charAt(from + i));
        Arrays.setAll(targets, i -> i + 1 < length ? tokens[i + 1] : TokenSample.IGNORED);
        return new TokenSample(tokens, targets);
    }
}
