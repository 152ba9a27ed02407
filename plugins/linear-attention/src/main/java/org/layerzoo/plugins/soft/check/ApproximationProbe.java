package org.layerzoo.plugins.soft.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.plugins.soft.Gaussian;
import org.layerzoo.plugins.soft.SoftConfig.Middle;
import org.pf4j.Extension;

/**
 * Relative Frobenius errors on 14 x 14 tokens of width 32, queries being keys, through 49 landmarks that are means of 2 x 2 tokens: SOFT of its
 * kernel, and Nystrom's softmax attention with an exact pseudo-inverse of softmax attention; on noise and on a blurred map.
 */
@Extension
public final class ApproximationProbe extends FiguresProbe {
    private static final int SIDE = 14;
    private static final int DIM = 32;
    private static final int[] TWO = {2, 2};

    public ApproximationProbe() {
        super("approximation", "Relative error with 49 landmarks of 196 tokens");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor noise = c.normal64("noise", 1, DIM, SIDE, SIDE);
        Tensor wide = c.normal64("wide", 1, DIM, SIDE + 4, SIDE + 4);
        Tensor blurred = Spatial.avgPool(wide, new int[] {5, 5}, new int[] {1, 1}, Padding.valid(), false)
                .mul(5);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("soft_noise", soft(noise));
        out.put("nystrom_noise", nystrom(noise));
        out.put("soft_blurred", soft(blurred));
        out.put("nystrom_blurred", nystrom(blurred));
        return out;
    }

    /** Rows of a map [1, C, h, w] as tokens [1, 1, h w, C], scaled so that products are those of scaled attention. */
    private static Tensor tokens(Tensor map) {
        int n = map.dim(2) * map.dim(3);
        return map.reshape(1, 1, DIM, n).transpose(2, 3).mul(Math.pow(DIM, -0.25));
    }

    private static Tensor landmarks(Tensor map) {
        return tokens(Spatial.avgPool(map, TWO, TWO, Padding.valid(), false));
    }

    private static double soft(Tensor map) {
        Tensor q = tokens(map);
        Tensor l = landmarks(map);
        Tensor cross = Gaussian.kernel(q, l);
        Tensor s = cross.matmul(Gaussian.between(Gaussian.kernel(l, l), Middle.INVERSE, 20))
                .matmulT(cross);
        return Errors.relative(s, Gaussian.kernel(q, q));
    }

    private static double nystrom(Tensor map) {
        Tensor q = tokens(map);
        Tensor l = landmarks(map);
        Tensor a = Fused.softmax(l.matmulT(l), -1);
        Tensor eye = Ops.oneHot(Ops.iota(org.layerzoo.core.tensor.DType.I64, a.dim(-1)), a.dim(-1), a.dtype());
        Tensor inverse = SoftChecks.exact(a.tMatmul(a).add(eye.mul(1e-10))).matmulT(a);
        Tensor s = Fused.softmax(q.matmulT(l), -1).matmul(inverse).matmul(Fused.softmax(l.matmulT(q), -1));
        return Errors.relative(s, Fused.softmax(q.matmulT(q), -1));
    }
}
