package org.layerzoo.core.op.attend;

import java.util.List;

/** Which key head a query head reads. */
public sealed interface HeadMap {
    /** floor(h Hkv / Hq); Hkv must divide Hq. */
    record Grouped() implements HeadMap {}

    /** The key head of each query head. */
    record Explicit(List<Integer> keyHead) implements HeadMap {
        public Explicit {
            keyHead = List.copyOf(keyHead);
        }
    }

    /** The key head of each of {@code queryHeads} heads. */
    default int[] resolve(int queryHeads, int keyHeads) {
        int[] map = new int[queryHeads];
        for (int h = 0; h < queryHeads; h++) {
            map[h] = switch (this) {
                case Grouped g -> (int) ((long) h * keyHeads / queryHeads);
                case Explicit e -> e.keyHead.get(h);
            };
        }
        return map;
    }
}
