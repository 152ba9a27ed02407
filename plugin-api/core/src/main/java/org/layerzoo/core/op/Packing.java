package org.layerzoo.core.op;

import java.util.stream.IntStream;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Samples laid end to end (bounds I64 [n+1], B = 1) and the same samples padded with zeros to the longest one.
 *
 * @param index I64 [n longest], the packed row of each padded one
 * @param valid BOOL [n, longest]
 * @param back I64 [T], the padded row of each packed one
 */
public record Packing(Tensor index, Tensor valid, Tensor back, int samples, int longest, int total) {
    /** @param total packed rows @param longest rows of the longest sample (or more) */
    public static Packing of(Tensor bounds, int total, int longest) {
        int n = bounds.dim(0) - 1;
        Tensor start = bounds.slice(0, 0, n).reshape(n, 1);
        Tensor stop = bounds.slice(0, 1, n + 1).reshape(n, 1);
        Tensor row = start.add(Ops.iota(DType.I64, longest).reshape(1, longest));
        Tensor valid = row.lt(stop);
        Tensor index = Ops.minimum(row, number(Math.max(total - 1, 0)));
        Tensor sample =
                Ops.searchSorted(bounds, Ops.iota(DType.I64, total), true).sub(number(1));
        Tensor inside = Ops.minimum(sample, number(n - 1L));
        Tensor local = Ops.iota(DType.I64, total).sub(Ops.indexSelect(start.reshape(n), 0, inside));
        Tensor back = Ops.minimum(local, number(longest - 1L)).add(inside.mul(number(longest)));
        return new Packing(index.reshape(n * longest), valid, back, n, longest, total);
    }

    private static Tensor number(long v) {
        return Tensor.of(new long[] {v}, 1);
    }

    /** [1, .., T, ..] -> [n, .., longest, ..], the axis being T's; 0 behind a sample's end. */
    public Tensor unpack(Tensor x, int axis) {
        int[] order =
                IntStream.range(0, x.rank()).filter(i -> i != axis && i != 0).toArray();
        Tensor rows = x.permute(concat(new int[] {axis, 0}, order));
        Shape rest = rows.shape().sub(2, rows.rank());
        Tensor picked = Ops.indexSelect(rows.reshape(rest.insert(0, total)), 0, index)
                .reshape(rest.insert(0, longest).insert(0, samples));
        Tensor mask = valid;
        while (mask.rank() < picked.rank()) {
            mask = mask.unsqueeze(mask.rank());
        }
        Tensor clean = Ops.where(mask, picked, Tensor.scalar(x.dtype(), 0));
        return clean.permute(moved(clean.rank(), 1, axis));
    }

    /** [n, .., longest, ..] -> [1, .., T, ..]. */
    public Tensor pack(Tensor y, int axis) {
        Tensor rows = y.permute(moved(y.rank(), axis, 1));
        Shape rest = rows.shape().sub(2, rows.rank());
        Tensor picked = Ops.indexSelect(rows.reshape(rest.insert(0, samples * longest)), 0, back);
        Tensor one = picked.reshape(picked.shape().insert(0, 1));
        return one.permute(moved(one.rank(), 1, axis));
    }

    /** The order that moves an axis to another place. */
    private static int[] moved(int rank, int from, int to) {
        java.util.List<Integer> order =
                new java.util.ArrayList<>(IntStream.range(0, rank).boxed().toList());
        order.add(to, order.remove(from));
        return order.stream().mapToInt(i -> i).toArray();
    }

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
    }
}
