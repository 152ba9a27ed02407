package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** An attention of which only the sampled query rows are computed, densely; the others are NaN. */
record SampledAttend(Attend op, List<Tensor> in) {
    /** Whether rows are independent of their neighbours and their masks, biases and positions can be restricted to some of them. */
    static boolean fits(Attend op, List<Tensor> in) {
        int queries = in.getFirst().dim(2);
        return SampledReference.rows(queries).length < queries
                && op.dropout() instanceof Dropout.None
                && op.wants().equals(Wants.nothing())
                && op.sections().stream().allMatch(SampledAttend::fits);
    }

    private static boolean fits(Section s) {
        return s.layout() instanceof Section.Layout.Dense
                && s.visible().stream().noneMatch(v -> v instanceof Section.Visible.Tiles)
                && s.bias().stream()
                        .noneMatch(b -> b instanceof Section.Bias.GridOffsets || b instanceof Section.Bias.Indexed);
    }

    List<Tensor> run() {
        Tensor q = in.getFirst();
        long[] rows = SampledReference.rows(q.dim(2));
        Tensor index = Tensor.of(rows, rows.length);
        Iterator<Tensor> it = in.iterator();
        List<Tensor> some = new ArrayList<>(List.of(Ops.indexSelect(it.next(), 2, index)));
        List<Section> sections = new ArrayList<>();
        for (Section s : op.sections()) {
            sections.add(new Section(s.layout(), Section.Coordinates.POSITIONS, s.visible(), s.bias(), s.post()));
            restrict(s, it, index, q.dim(2), some);
        }
        it.forEachRemaining(some::add);
        Attend restricted =
                new Attend(sections, op.heads(), op.scale(), op.softcap(), op.norm(), op.dropout(), op.wants());
        return restricted.decompose(some).stream()
                .map(t -> spread(t, rows, q.dim(2)))
                .toList();
    }

    /** The section's tensors with the rows of {@code index} alone, their coordinates now written out. */
    private static void restrict(Section s, Iterator<Tensor> it, Tensor index, int queries, List<Tensor> out) {
        Tensor k = it.next();
        out.add(k);
        out.add(it.next());
        if (s.at() == Section.Coordinates.POSITIONS) {
            Tensor positions = it.next();
            out.add(Ops.indexSelect(positions, positions.rank() - 1, index));
            out.add(it.next());
        } else {
            int shift = s.at() == Section.Coordinates.BOTTOM_RIGHT ? k.dim(2) - queries : 0;
            out.add(index.add(Tensor.scalar(DType.I64, shift)));
            out.add(Ops.iota(DType.I64, k.dim(2)));
        }
        for (Section.Visible v : s.visible()) {
            switch (v) {
                case Section.Visible.KeyMask m -> out.add(it.next());
                case Section.Visible.Mask m -> out.add(rowsOf(it.next(), true, index, queries));
                case Section.Visible.Segments g -> {
                    out.add(Ops.indexSelect(it.next(), 1, index));
                    out.add(it.next());
                }
                case Section.Visible.Window w -> {}
                case Section.Visible.Tiles t -> throw new IllegalStateException("tiles do not fit");
            }
        }
        s.bias().forEach(b -> out.add(rowsOf(it.next(), b instanceof Section.Bias.Dense, index, queries)));
        s.post().forEach(m -> out.add(rowsOf(it.next(), m instanceof Section.Multiplier.Dense, index, queries)));
    }

    /** Of what broadcasts to [B, H, Tq, Tk]. */
    private static Tensor rowsOf(Tensor t, boolean dense, Tensor index, int queries) {
        return dense && t.rank() >= 2 && t.dim(-2) == queries ? Ops.indexSelect(t, t.rank() - 2, index) : t;
    }

    /** Puts rows (axis 2) back where they were sampled, NaN elsewhere. */
    private static Tensor spread(Tensor some, long[] rows, int queries) {
        int[] blank = some.shape().dims().clone();
        blank[2] = 1;
        long[] from = new long[queries];
        Arrays.fill(from, rows.length);
        for (int i = 0; i < rows.length; i++) {
            from[(int) rows[i]] = i;
        }
        Tensor filled = Ops.concat(2, some, Tensor.full(some.dtype(), Double.NaN, blank));
        return Ops.indexSelect(filled, 2, Tensor.of(from, queries));
    }
}
