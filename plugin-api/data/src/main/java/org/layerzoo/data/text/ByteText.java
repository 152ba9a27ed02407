package org.layerzoo.data.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text as ids of its bytes; 0 pads. */
public final class ByteText {
    /** Ids 0..255. */
    public static final int VOCABULARY = 256;

    private ByteText() {}

    /** Cut to at most {@code limit} bytes. */
    public static long[] ids(String text, int limit) {
        byte[] b = text.getBytes(StandardCharsets.US_ASCII);
        long[] out = new long[Math.min(b.length, limit)];
        Arrays.setAll(out, i -> b[i] & 0xFF);
        return out;
    }

    public static String text(long[] ids) {
        StringBuilder s = new StringBuilder();
        for (long id : ids) {
            if (id != 0) {
                s.append((char) id);
            }
        }
        return s.toString();
    }
}
