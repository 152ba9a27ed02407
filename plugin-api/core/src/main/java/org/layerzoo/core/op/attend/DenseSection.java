package org.layerzoo.core.op.attend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * One section written out: scores [B, H, Tq, Tk], values [B, H, Tk, dv], the mask (broadcasts to the scores; empty when
 * all is visible) and the factors on its weights.
 */
record DenseSection(Tensor scores, Tensor v, Optional<Tensor> mask, List<Tensor> factors) {
    static DenseSection of(Attend op, Section s, Tensor q, Iterator<Tensor> in) {
        Tensor k = in.next();
        Tensor v = in.next();
        int[] map = op.heads().resolve(q.dim(1), k.dim(1));
        Tensor scores = q.matmulT(heads(k, map)).mul(op.scale());
        if (op.softcap() > 0) {
            scores = Ops.tanh(scores.mul(1 / op.softcap())).mul(op.softcap());
        }
        DenseGrid grid = DenseGrid.of(s, q.dim(2), k.dim(2), in);
        Optional<Tensor> mask = grid.exists();
        for (Section.Visible rule : s.visible()) {
            Tensor m = visible(rule, grid, q, in);
            mask = Optional.of(mask.map(before -> before.and(m)).orElse(m));
        }
        for (Section.Bias b : s.bias()) {
            scores = scores.add(bias(b, grid, scores, in));
        }
        List<Tensor> factors = new ArrayList<>();
        for (Section.Multiplier m : s.post()) {
            factors.add(
                    switch (m) {
                        case Section.Multiplier.Toeplitz t -> grid.lookup(in.next(), t.center());
                        case Section.Multiplier.Dense d -> in.next();
                    });
        }
        return new DenseSection(scores, heads(v, map), mask, factors);
    }

    /** Key heads copied to the query heads that read them. */
    private static Tensor heads(Tensor k, int[] map) {
        boolean same = map.length == k.dim(1);
        for (int h = 0; same && h < map.length; h++) {
            same = map[h] == h;
        }
        return same
                ? k
                : Ops.indexSelect(
                        k,
                        1,
                        Tensor.of(java.util.Arrays.stream(map).asLongStream().toArray(), map.length));
    }

    private static Tensor visible(Section.Visible rule, DenseGrid grid, Tensor q, Iterator<Tensor> in) {
        return switch (rule) {
            case Section.Visible.Window w -> grid.window(w.left(), w.right());
            case Section.Visible.KeyMask k ->
                k.perHead() ? in.next().unsqueeze(2) : in.next().unsqueeze(1).unsqueeze(1);
            case Section.Visible.Segments s ->
                in.next().unsqueeze(1).unsqueeze(3).eq(in.next().unsqueeze(1).unsqueeze(1));
            case Section.Visible.Tiles t -> grid.tiles(t, q.dim(0), q.dim(1), in.next(), in.next());
            case Section.Visible.Mask m -> full(in.next());
        };
    }

    private static Tensor full(Tensor t) {
        Tensor out = t;
        while (out.rank() < 4) {
            out = out.unsqueeze(0);
        }
        return out;
    }

    private static Tensor bias(Section.Bias b, DenseGrid grid, Tensor scores, Iterator<Tensor> in) {
        return switch (b) {
            case Section.Bias.Dense d -> in.next();
            case Section.Bias.Alibi a -> {
                Tensor slopes = in.next();
                Tensor s = a.perSample()
                        ? slopes.reshape(slopes.dim(0), slopes.dim(1), 1, 1)
                        : slopes.reshape(1, slopes.dim(0), 1, 1);
                yield s.mul(grid.alibi(a.form()).cast(scores.dtype()));
            }
            case Section.Bias.Offsets o -> grid.lookup(in.next(), o.center());
            case Section.Bias.GridOffsets g -> grid.lookup(in.next(), g);
            case Section.Bias.Indexed i -> {
                Tensor index = in.next();
                yield DenseGrid.lookup(in.next(), index.reshape(1, 1, index.dim(0), index.dim(1)));
            }
            case Section.Bias.PerKey p ->
                p.perHead() ? in.next().unsqueeze(2) : in.next().unsqueeze(1).unsqueeze(1);
        };
    }

    int keys() {
        return scores.dim(3);
    }

    Tensor multiplied(Tensor p) {
        Tensor out = p;
        for (Tensor f : factors) {
            out = out.mul(f);
        }
        return out;
    }

    /** One mask over the keys of all sections. */
    static Optional<Tensor> joinMasks(List<DenseSection> sections) {
        if (sections.stream().allMatch(s -> s.mask.isEmpty())) {
            return Optional.empty();
        }
        int batch = 1;
        int heads = 1;
        for (DenseSection s : sections) {
            batch = Math.max(batch, s.mask.map(m -> m.dim(0)).orElse(1));
            heads = Math.max(heads, s.mask.map(m -> m.dim(1)).orElse(1));
        }
        List<Tensor> parts = new ArrayList<>();
        for (DenseSection s : sections) {
            Tensor m = s.mask.orElseGet(() -> Tensor.full(DType.BOOL, 1, 1, 1, 1, 1));
            parts.add(m.expand(batch, heads, s.scores.dim(2), s.keys()));
        }
        return Optional.of(Ops.concat(3, parts));
    }
}
