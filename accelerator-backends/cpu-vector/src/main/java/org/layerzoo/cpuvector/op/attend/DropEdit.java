package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.Optional;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.source.Philox;
import org.layerzoo.core.tensor.Tensor;

/** Dropout as a factor on weights: 0, or 1 / (1 - rate). */
final class DropEdit {
    private static final ThreadLocal<int[]> WORDS = ThreadLocal.withInitial(() -> new int[4]);

    private DropEdit() {}

    /**
     * @param in gives the mask where there is one
     * @param keys of all sections together
     */
    static Optional<Drop> of(Dropout dropout, Tensor q, int keys, Iterator<Tensor> in) {
        int heads = q.dim(1);
        long tq = q.dim(2);
        return switch (dropout) {
            case Dropout.None n -> Optional.empty();
            case Dropout.Philox d -> Optional.of(behind -> philox(d, heads, tq, keys, behind));
            case Dropout.Keep d -> {
                MemorySegment mask = in.next().segment();
                float factor = (float) (1 / (1 - d.p()));
                yield Optional.of(behind -> (b, h, i, j, n, s, at, step) -> {
                    long first = ((b * heads + h) * tq + i) * keys + behind + j;
                    for (int x = 0; x < n; x++) {
                        boolean kept = mask.get(ValueLayout.JAVA_BYTE, first + x) != 0;
                        s[at + x * step] = kept ? s[at + x * step] * factor : 0;
                    }
                });
            }
        };
    }

    /** The edit of a section. */
    @FunctionalInterface
    interface Drop {
        /** @param behind keys of the sections before it */
        ScoreEdit section(int behind);
    }

    private static ScoreEdit philox(Dropout.Philox d, int heads, long tq, int keys, int behind) {
        float rate = (float) d.p();
        float factor = (float) (1 / (1 - d.p()));
        return (b, h, i, j, n, s, at, step) -> {
            int[] words = WORDS.get();
            long first = ((b * heads + h) * tq + i) * keys + behind + j;
            for (int x = 0; x < n; x++) {
                long draw = first + x;
                if (x == 0 || (draw & 3) == 0) {
                    Philox.block(d.seed(), d.stream(), draw >> 2, words);
                }
                boolean kept = (words[(int) (draw & 3)] >>> 8) * 0x1p-24f >= rate;
                s[at + x * step] = kept ? s[at + x * step] * factor : 0;
            }
        };
    }
}
