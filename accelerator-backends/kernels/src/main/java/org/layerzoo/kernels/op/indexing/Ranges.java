package org.layerzoo.kernels.op.indexing;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/**
 * What integer tensors hold, so that an index outside its axis is the same error as on the CPU and no kernel reads there. Asking
 * waits for the tensor's numbers, so an answer is kept as long as the tensor: the gradient of a look-up does not ask again. Few numbers
 * that the host has are looked at there.
 */
public final class Ranges {
    private static final int BLOCKS = 128;
    private static final int THREADS = 256;
    private static final int NUMBERS = 3;
    private static final long FEW = 1 << 14;
    private static final Map<Tensor, Range> KNOWN = Collections.synchronizedMap(new WeakHashMap<>());

    private Ranges() {}

    /** @param exact whether all of it was looked at; else the bounds are known and no more */
    private record Range(long least, long greatest, boolean zero, boolean exact) {
        static final Range NONE = new Range(Long.MAX_VALUE, Long.MIN_VALUE, false, true);

        Range and(long least, long greatest, boolean zero) {
            return new Range(Math.min(this.least, least), Math.max(this.greatest, greatest), this.zero || zero, true);
        }
    }

    /** An element and its place. */
    public record Found(long value, long at) {}

    /** What to say of an element outside. */
    public interface Complaint {
        RuntimeException of(Found first);
    }

    public static boolean hasZero(Tensor x, Gpu gpu) {
        Range r = of(x, gpu);
        if (!r.exact) {
            r = onDevice(x, gpu);
            KNOWN.put(x, r);
        }
        return r.zero;
    }

    /** Throws unless all of {@code index} is from 0 to n - 1. */
    public static void inside(Tensor index, int n, Gpu gpu, Complaint complaint) {
        Range r = of(index, gpu);
        if (r.least < 0 || r.greatest >= n) {
            long[] all = index.toLongs();
            for (int i = 0; i < all.length; i++) {
                if (all[i] < 0 || all[i] >= n) {
                    throw complaint.of(new Found(all[i], i));
                }
            }
        }
    }

    /** Remembers that a tensor which a kernel has just made holds numbers from 0 to n - 1. */
    static Tensor known(Tensor index, int n) {
        KNOWN.put(index, new Range(0, n - 1L, false, false));
        return index;
    }

    private static Range of(Tensor x, Gpu gpu) {
        if (x.size() == 0) {
            return Range.NONE;
        }
        Range r = KNOWN.get(x);
        if (r == null) {
            r = x.size() <= FEW && x.onHost() ? onHost(x.toLongs()) : onDevice(x, gpu);
            KNOWN.put(x, r);
        }
        return r;
    }

    private static Range onHost(long[] all) {
        Range r = Range.NONE;
        for (long v : all) {
            if (v < r.least || v > r.greatest || v == 0 && !r.zero) {
                r = r.and(v, v, v == 0);
            }
        }
        return r;
    }

    private static Range onDevice(Tensor x, Gpu gpu) {
        int blocks = (int) Math.clamp((x.size() + THREADS - 1) / THREADS, 1, BLOCKS);
        Tensor parts = gpu.empty(TensorSpec.of(DType.I64, blocks, NUMBERS));
        gpu.launch(
                Sources.moving("ranges", x.dtype(), "range"),
                Grid.blocks(blocks, THREADS),
                Args.of(x, parts).i64(x.size()));
        long[] p = parts.toLongs();
        Range r = Range.NONE;
        for (int i = 0; i < p.length; i += NUMBERS) {
            r = r.and(p[i], p[i + 1], p[i + 2] != 0);
        }
        return r;
    }
}
