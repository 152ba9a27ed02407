package org.layerzoo.train.task;

import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Rng;
import org.layerzoo.data.Splits;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.CrossEntropy;
import org.layerzoo.metrics.ExactMatch;

/**
 * Translation of a sentence into its reverse: ports src, tgt (a start token, then the reverse but its last token) and next (the reverse),
 * I64 [B, L], L from 8 to the longest and the same within a batch.
 *
 * @param vocab tokens, of which the first 3 are reserved
 */
public record ReversalTask(int vocab, int longest, long seed) implements LogitsTask {
    private static final int START = 1;
    private static final int RESERVED = 3;
    private static final int SHORTEST = 8;

    @Override
    public List<Port> batch() {
        return List.of(
                Port.in("src", "B S", "the sentence").as(DType.I64),
                Port.in("tgt", "B T", "a start token and the reverse but its last token")
                        .as(DType.I64),
                Port.in(target(), "B T", "the reverse").as(DType.I64));
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        int n = Rng.of(seed, split.ordinal(), index, SHORTEST).between(SHORTEST, longest);
        long[] rows = new long[size * n];
        for (int i = 0; i < size; i++) {
            long[] row = Splits.sample(seed, split, index * size + i, rng -> sentence(rng, n), s -> s);
            System.arraycopy(row, 0, rows, i * n, n);
        }
        Tensor src = Tensor.of(rows, size, n);
        Tensor next = Ops.flip(src, 1);
        Tensor start = Tensor.full(DType.I64, START, size, 1);
        return Tensors.of("src", src, "tgt", Ops.concat(1, start, next.slice(1, 0, n - 1)), target(), next);
    }

    private long[] sentence(Rng rng, int n) {
        long[] s = new long[n];
        for (int i = 0; i < n; i++) {
            s[i] = rng.between(RESERVED, vocab - 1);
        }
        return s;
    }

    @Override
    public String target() {
        return "next";
    }

    @Override
    public int classes() {
        return vocab;
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Accuracy.ofTokens(target()), new ExactMatch(target()), new CrossEntropy(target()));
    }

    @Override
    public double chance() {
        return 1.0 / (vocab - RESERVED);
    }
}
