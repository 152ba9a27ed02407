package org.layerzoo.kernels.op.attend;

import java.util.List;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Sources;

/**
 * Numbers of all pairs of rows and keys of a section, and their sums: gradients of biases and factors, sums over rows, the weights. The
 * numbers of as many heads as the cache of a large device holds, at least one, are written and then added up, so that neither all of them nor any
 * sum of undefined order is needed. 2 (d + dv) flops a pair, and 4 bytes a pair written once and read by each sum.
 */
final class Pairs {
    /** Pairs of a slab of heads. */
    private static final long SLAB = 1 << 21;

    private static final int THREADS = 256;
    private static final int TILE = 64;
    /** Numbers of all blocks' own tables. */
    private static final long MOST_TABLES = 1 << 24;

    /** In the order of the source's enumeration. */
    enum What {
        SLOPE,
        FACTOR_SLOPE,
        WEIGHT,
        SEEN,
        SCORE,
        SPREAD,
        PULL,
        PULL_SCORE,
        PULL_GAIN,
        PULL_WEIGHT
    }

    private final Gpu gpu;
    private final Tensor q;
    private final Tensor dO;
    private final Tensor headMap;
    private final Tensor facts;
    private final Tensor backward;

    /**
     * @param dO gradient of o; anything where no gradient is asked for
     * @param facts what attend.h knows of a row, as far as it is known yet
     * @param backward the same for gradients
     */
    Pairs(Gpu gpu, Tensor q, Tensor dO, Tensor headMap, Tensor facts, Tensor backward) {
        this.gpu = gpu;
        this.q = q;
        this.dO = dO;
        this.headMap = headMap;
        this.facts = facts;
        this.backward = backward;
    }

    /** Adds up the numbers of heads {@code from} to {@code to} - 1. */
    private interface Reader {
        void read(Tensor numbers, int from, int to);
    }

    /** Heads of which numbers are held at a time. */
    private int heads(KeySection keys) {
        return (int) Math.clamp(SLAB / Math.max(1, (long) q.dim(2) * keys.keys()), 1, q.dim(0) * q.dim(1));
    }

    private void each(KeySection keys, What what, Reader reader) {
        int all = q.dim(0) * q.dim(1);
        int slab = heads(keys);
        DType wide = Wide.of(q.dtype());
        int side = wide == DType.F64 ? TILE / 2 : TILE;
        long tiles = (long) tiles(q.dim(2), side) * tiles(keys.keys(), side);
        for (int from = 0; from < all; from += slab) {
            int to = Math.min(all, from + slab);
            Tensor numbers = gpu.empty(TensorSpec.of(wide, to - from, q.dim(2), keys.keys()));
            if (numbers.size() > 0) {
                Args args =
                        Args.of(q, keys.k, keys.v, dO, facts, backward, numbers).i32(from, what.ordinal());
                gpu.launch(kernel("attend_pairs"), Grid.blocks(tiles * (to - from), THREADS), section(keys, args));
            }
            reader.read(numbers, from, to);
        }
    }

    private static int tiles(int n, int side) {
        return (n + side - 1) / side;
    }

    private GpuKernel kernel(String name) {
        return Sources.of("attend_pairs", q.dtype(), name);
    }

    private Args section(KeySection keys, Args args) {
        return keys.add(args, new KeySection.Share(1, 1, 1, 0), headMap);
    }

    /**
     * Where a sum goes: a tensor of {@code size} that broadcasts to [B, H, rows, keys], of rows from {@code row0} on, times {@code times}.
     *
     * @param term what else the numbers are multiplied by; -1 for nothing
     * @param from the first column that is written
     * @param pitch columns of the result
     * @param more whether the result holds a part of the sum already
     */
    record Sum(int[] size, int term, int row0, int from, int pitch, double times, boolean more) {
        static Sum of(int... size) {
            return new Sum(size, -1, 0, 0, size[3], 1, false);
        }

        Sum term(int n) {
            return new Sum(size, n, row0, from, pitch, times, more);
        }

        Sum rowsFrom(int n) {
            return new Sum(size, term, n, from, pitch, times, more);
        }

        /** For one of several sections, whose keys lie side by side or, where they are summed over, are added up. */
        Sum of(KeySection keys, int first, List<KeySection> all) {
            boolean side = size[3] != 1;
            int[] own = {size[0], size[1], size[2], side ? keys.keys() : 1};
            int columns = side ? KeySection.columns(all) : 1;
            return new Sum(own, term, row0, side ? first : 0, columns, times, !side && keys != all.getFirst());
        }

        Sum times(double t) {
            return new Sum(size, term, row0, from, pitch, t, more);
        }

        Sum more(boolean m) {
            return new Sum(size, term, row0, from, pitch, times, m);
        }
    }

    /** Writes a sum to {@code out}, of the inputs' type or of the type of arithmetic. */
    void sum(KeySection keys, What what, Sum s, Tensor out) {
        DType wide = Wide.of(q.dtype());
        boolean keep = out.dtype() == wide;
        boolean whole = heads(keys) == q.dim(0) * q.dim(1) && !s.more;
        Tensor work = keep || whole ? out : gpu.empty(new TensorSpec(wide, out.shape()));
        sum(keys, what, s, work, out, keep);
    }

    /** @param work where the sum is until it is complete, and stays if {@code keep} */
    void sum(KeySection keys, What what, Sum s, Tensor work, Tensor out, boolean keep) {
        long lines = 1;
        for (int n : s.size) {
            lines *= n;
        }
        int rows = q.dim(2) - s.row0;
        int n = (s.size[2] == 1 ? rows : 1) * (s.size[3] == 1 ? keys.keys() : 1);
        if (lines == 0) {
            return;
        }
        int count = Math.toIntExact(lines);
        Lines l = s.size[3] == 1
                ? Lines.rows(lines, n)
                : Lines.along(Shape.of(n, count), 0, new int[0], gpu.limits().units());
        int[] head = l.packed();
        int[] packed = {
            head[0],
            head[1],
            head[2],
            head[3],
            s.size[0],
            s.size[1],
            s.size[2],
            s.size[3],
            s.row0,
            s.pitch,
            s.from,
            s.more ? 1 : 0,
            keep ? 1 : 0
        };
        each(keys, what, (numbers, from, to) -> {
            Args args = Args.of(numbers, work, out).i32(from, to, s.term).ints(packed);
            gpu.launch(kernel("attend_sum"), l.grid(), section(keys, Lines.number(args, q.dtype(), s.times)));
        });
    }

    /** The gradient of the tensor that a term reads. */
    Tensor gradient(KeySection keys, SectionTerms.Leaf leaf) {
        What what = leaf.factor() ? What.FACTOR_SLOPE : What.SLOPE;
        Tensor out = gpu.empty(leaf.tensor().spec());
        if (leaf.size().isPresent()) {
            sum(keys, what, Sum.of(leaf.size().get()).term(leaf.term()), out);
        } else {
            table(keys, what, leaf, out);
        }
        return out;
    }

    private void table(KeySection keys, What what, SectionTerms.Leaf leaf, Tensor out) {
        int heads = out.dim(0);
        int entries = Math.toIntExact(out.size() / heads);
        long most = Math.max(1, Math.min(q.dim(2), MOST_TABLES / out.size()));
        int chunks = (int) Math.clamp(2L * gpu.limits().units() / heads, 1, most);
        Tensor parts = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), chunks, heads, entries));
        each(keys, what, (numbers, from, to) -> {
            Args args = Args.of(numbers, parts)
                    .i32(from, to, leaf.term(), heads, entries)
                    .i32(from > 0);
            gpu.launch(kernel("attend_table"), Grid.blocks((long) chunks * heads, THREADS), section(keys, args));
        });
        gpu.launch(
                Sources.of("attend", q.dtype(), "attend_join"),
                Grid.over(out.size(), THREADS),
                Args.of(parts, parts, out, parts)
                        .i64(heads)
                        .i32(entries, chunks)
                        .i32(false));
    }
}
