package org.layerzoo.plugins.based;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/**
 * phi with phi(q) . phi(k) = 1 + s + s^2 / 2 for s = q . k / sqrt(d'): [1, u / d'^(1/4), products of two channels over sqrt(d')], a
 * square weighing 1/sqrt(2). Unpacked, each product of two different channels stands twice with 1/sqrt(2).
 */
public record TaylorMap(int dim, boolean packed) {
    /** Features of a row. */
    public int size() {
        return 1 + dim + (packed ? dim * (dim + 1) / 2 : dim * dim);
    }

    /** [.., d'] -> [.., size]. */
    public Tensor apply(Tensor u) {
        Tensor one = Ops.onesLike(u.slice(-1, 0, 1));
        Tensor first = u.mul(Math.pow(dim, -0.25));
        if (!packed) {
            Tensor outer = u.unsqueeze(-1).mul(u.unsqueeze(-2)).mul(1 / Math.sqrt(2.0 * dim));
            return Ops.concat(-1, one, first, outer.reshape(u.shape().with(u.rank() - 1, dim * dim)));
        }
        int n = dim * (dim + 1) / 2;
        long[] a = new long[n];
        long[] b = new long[n];
        double[] w = new double[n];
        for (int i = 0, at = 0; i < dim; i++) {
            for (int j = i; j < dim; j++, at++) {
                a[at] = i;
                b[at] = j;
                w[at] = (i == j ? Math.sqrt(0.5) : 1) / Math.sqrt(dim);
            }
        }
        Tensor left = Ops.indexSelect(u, u.rank() - 1, Tensor.of(a, n));
        Tensor right = Ops.indexSelect(u, u.rank() - 1, Tensor.of(b, n));
        return Ops.concat(-1, one, first, left.mul(right).mul(Tensor.of(u.dtype(), w, n)));
    }
}
