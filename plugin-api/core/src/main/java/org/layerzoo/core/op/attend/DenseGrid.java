package org.layerzoo.core.op.attend;

import java.util.Iterator;
import java.util.Optional;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Coordinates of a section's rows and keys, I64: r [B|1, 1, Tq, 1], c [B|1, 1, 1, Tk]; the key's index j and the number
 * of keys in the same layout; which pairs exist at all.
 */
record DenseGrid(Tensor r, Tensor c, Tensor j, Tensor keys, Optional<Tensor> exists) {
    static DenseGrid of(Section s, int tq, int tk, Iterator<Tensor> in) {
        Tensor i = Ops.iota(DType.I64, tq).reshape(1, 1, tq, 1);
        Tensor j = Ops.iota(DType.I64, tk).reshape(1, 1, 1, tk);
        Tensor all = number(tk);
        DenseGrid g =
                switch (s.layout()) {
                    case Section.Layout.Dense d ->
                        new DenseGrid(aligned(s, i, all, number(tq)), j, j, all, Optional.empty());
                    case Section.Layout.Lengths l -> {
                        Tensor sq = l.queries() ? perSample(in.next()) : number(tq);
                        Tensor sk = l.keys() ? perSample(in.next()) : all;
                        yield new DenseGrid(
                                aligned(s, i, sk, sq),
                                j,
                                j,
                                all,
                                Optional.of(i.lt(sq).and(j.lt(sk))));
                    }
                    case Section.Layout.Packed p -> packed(s, tq, tk, in.next(), in.next());
                };
        if (s.at() != Section.Coordinates.POSITIONS) {
            return g;
        }
        return new DenseGrid(position(in.next(), 2), position(in.next(), 1), g.j, g.keys, g.exists);
    }

    private static Tensor aligned(Section s, Tensor i, Tensor keys, Tensor queries) {
        return s.at() == Section.Coordinates.BOTTOM_RIGHT ? i.add(keys.sub(queries)) : i;
    }

    private static Tensor number(int n) {
        return Tensor.of(new long[] {n}, 1, 1, 1, 1);
    }

    private static Tensor perSample(Tensor lengths) {
        return lengths.reshape(lengths.dim(0), 1, 1, 1);
    }

    private static Tensor position(Tensor p, int at) {
        Tensor rows = p.rank() == 1 ? p.unsqueeze(0) : p;
        return at == 2 ? rows.reshape(rows.dim(0), 1, rows.dim(1), 1) : rows.reshape(rows.dim(0), 1, 1, rows.dim(1));
    }

    private static DenseGrid packed(Section s, int tq, int tk, Tensor queryBounds, Tensor keyBounds) {
        Tensor segQ = segment(queryBounds, tq);
        Tensor segK = segment(keyBounds, tk);
        Tensor i = Ops.iota(DType.I64, tq)
                .sub(Ops.indexSelect(queryBounds, 0, segQ))
                .reshape(1, 1, tq, 1);
        Tensor j =
                Ops.iota(DType.I64, tk).sub(Ops.indexSelect(keyBounds, 0, segK)).reshape(1, 1, 1, tk);
        Tensor keysOfRow = lengths(keyBounds, segQ).reshape(1, 1, tq, 1);
        Tensor queries = lengths(queryBounds, segQ).reshape(1, 1, tq, 1);
        Tensor same = segQ.reshape(1, 1, tq, 1).eq(segK.reshape(1, 1, 1, tk));
        // Rows behind the last bound belong to nobody.
        Tensor exists =
                same.and(i.lt(queries)).and(j.lt(lengths(keyBounds, segK).reshape(1, 1, 1, tk)));
        return new DenseGrid(aligned(s, i, keysOfRow, queries), j, j, keysOfRow, Optional.of(exists));
    }

    /** The sample of each of n packed rows. */
    private static Tensor segment(Tensor bounds, int n) {
        Tensor id = Ops.searchSorted(bounds, Ops.iota(DType.I64, n), true).sub(Tensor.of(new long[] {1}));
        return Ops.minimum(id, Tensor.of(new long[] {bounds.dim(0) - 2L}));
    }

    private static Tensor lengths(Tensor bounds, Tensor segment) {
        Tensor n = bounds.slice(0, 1, bounds.dim(0)).sub(bounds.slice(0, 0, bounds.dim(0) - 1));
        return Ops.indexSelect(n, 0, segment);
    }

    private Tensor offset() {
        return c.sub(r);
    }

    Tensor window(int left, int right) {
        Tensor d = offset();
        Tensor m = left < 0 ? d.ge(d) : d.ge(constant(-left));
        return right < 0 ? m : m.and(d.le(constant(right)));
    }

    Tensor alibi(Section.AlibiForm form) {
        return form == Section.AlibiForm.DISTANCE
                ? Ops.minimum(offset(), offset().neg())
                : j.sub(keys).add(constant(1));
    }

    /** Entry c - r + center of each head's row of the table. */
    Tensor lookup(Tensor table, int center) {
        return lookup(table, clamped(offset().add(constant(center)), table.dim(1)));
    }

    Tensor lookup(Tensor table, Section.Bias.GridOffsets g) {
        int tq = r.dim(2);
        int tk = c.dim(3);
        Tensor i = Ops.iota(DType.I64, tq).reshape(1, 1, tq, 1);
        Tensor k = Ops.iota(DType.I64, tk).reshape(1, 1, 1, tk);
        Tensor y = Ops.floorDiv(k, constant(g.keyWidth())).sub(Ops.floorDiv(i, constant(g.queryWidth())));
        Tensor x = Ops.mod(k, constant(g.keyWidth())).sub(Ops.mod(i, constant(g.queryWidth())));
        Tensor index = clamped(y.add(constant(g.centerY())), table.dim(1))
                .mul(constant(table.dim(2)))
                .add(clamped(x.add(constant(g.centerX())), table.dim(2)));
        return lookup(table.reshape(table.dim(0), table.dim(1) * table.dim(2)), index);
    }

    /** table [H|1, R] at index I64 [B|1, 1, Tq, Tk] -> [B|1, H|1, Tq, Tk]. */
    static Tensor lookup(Tensor table, Tensor index) {
        int flat = Math.toIntExact(index.size());
        Tensor picked = Ops.indexSelect(table, 1, index.reshape(flat));
        return picked.reshape(table.dim(0), index.dim(0), index.dim(2), index.dim(3))
                .transpose(0, 1);
    }

    private static Tensor clamped(Tensor index, int n) {
        return Ops.maximum(Ops.minimum(index, constant(n - 1)), constant(0));
    }

    /** The mask of a tile list: +1 where a range starts, -1 where it ends, visible where the running sum is positive. */
    Tensor tiles(Section.Visible.Tiles t, int batch, int heads, Tensor bounds, Tensor ranges) {
        int tq = r.dim(2);
        int tk = c.dim(3);
        int rows = bounds.dim(0) - 1;
        int m = ranges.dim(0);
        Tensor row = Ops.searchSorted(bounds, Ops.iota(DType.I64, m), true)
                .sub(constant(1))
                .reshape(m);
        Tensor base = Tensor.zeros(DType.F32, rows * (tk + 1));
        Tensor first = row.mul(constant(tk + 1));
        Tensor one = Tensor.ones(DType.F32, m);
        Tensor marks = Ops.scatterAdd(base, 0, first.add(ranges.select(1, 0)), one);
        marks = Ops.scatterAdd(marks, 0, first.add(ranges.select(1, 1)), one.neg());
        Tensor seen = Ops.cumsum(marks.reshape(rows, tk + 1), 1).slice(1, 0, tk).gt(0.5);
        int groups = AttendRules.groups(t.scope(), batch, heads);
        int tiles = rows / groups;
        Tensor index =
                Ops.floorDiv(Ops.iota(DType.I64, tq), constant(t.queryTile()).reshape(1));
        Tensor dense = Ops.indexSelect(seen.reshape(groups, tiles, tk), 1, index);
        return switch (t.scope()) {
            case SHARED, HEAD -> dense.unsqueeze(0);
            case SAMPLE_HEAD -> dense.reshape(batch, heads, tq, tk);
        };
    }

    private static Tensor constant(long v) {
        return Tensor.of(new long[] {v}, 1);
    }
}
