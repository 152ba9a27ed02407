package org.layerzoo.kernels.op.norm;

import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Walk;

/**
 * Layer, root-mean-square, L2 and group norm as one: lines that are centred or not and divided by a root of their squares.
 *
 * @param mean whether the mean of the squares counts, not their sum
 * @param groups of channels a sample, where a weight belongs to a channel; 0 where it belongs to an element of the line
 * @param run elements of a line that share a weight
 */
record RowNorm(
        Lines lines,
        boolean centred,
        boolean mean,
        Root root,
        double eps,
        boolean weight,
        boolean bias,
        int groups,
        int run) {
    static RowNorm of(FusedOp op, Shape x, int units) {
        return switch (op) {
            case LayerNorm o -> {
                long n = x.product(x.rank() - o.axes(), x.rank());
                yield new RowNorm(rows(x, n), true, true, o.root(), o.eps(), o.weight(), o.bias(), 0, 1);
            }
            case RmsNorm o ->
                new RowNorm(rows(x, x.dim(-1)), false, true, o.root(), o.eps(), o.weighted(), false, 0, 1);
            case GroupNorm o -> {
                int c = x.dim(1);
                int positions = Math.toIntExact(x.product(2, x.rank()));
                long n = (long) (c / o.groups()) * positions;
                yield new RowNorm(
                        rows(x, n),
                        true,
                        true,
                        Root.INSIDE,
                        o.eps(),
                        o.affine(),
                        o.affine(),
                        o.groups(),
                        Math.max(1, positions));
            }
            case L2Norm o ->
                new RowNorm(along(x, x.axis(o.axis()), units), false, false, o.root(), o.eps(), false, false, 0, 1);
            default -> throw new IllegalStateException(op.name());
        };
    }

    private static Lines rows(Shape x, long n) {
        return Lines.rows(n == 0 ? 0 : x.size() / n, Math.toIntExact(n));
    }

    private static Lines along(Shape x, int axis, int units) {
        int inner = Math.toIntExact(x.product(axis + 1, x.rank()));
        int outer = Math.toIntExact(x.product(0, axis));
        int[] walk = Walk.of(new int[] {outer, inner}, new int[] {inner * x.dim(axis), 1})
                .orElseThrow();
        return Lines.along(x, axis, walk, units);
    }

    /** The structures Lines, Walk and Norm and epsilon, as the kernels take them. */
    Args add(Args args, DType dtype) {
        int channels = lines.n() / run;
        args.ints(lines.packed()).ints(lines.walk()).ints(new int[] {
            lines.step(),
            centred ? 1 : 0,
            mean ? 1 : 0,
            root.ordinal(),
            weight ? 1 : 0,
            bias ? 1 : 0,
            Math.max(1, groups),
            groups == 0 ? 0 : channels,
            run
        });
        return Lines.number(args, dtype, eps);
    }
}
