package org.layerzoo.plugins.transnormer.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.pf4j.Extension;

/**
 * The paper's analysis of linear attention (section 3). Gradients: the largest |dp_ij / ds_ij| of a row of weights p = s / sum s and of softmax,
 * and the largest gradient of a NormAttention output, for scores that shrink a thousandfold. Dilution: the share of its weights that a
 * token gives to the 17 about it, over a walk in 16 dimensions whose near steps are alike.
 */
@Extension
public final class AnalysisProbe extends FiguresProbe {
    private static final int T = 128;
    private static final int DIM = 16;
    private static final int NEAR = 8;
    private static final double SMALL = 1e-3;

    public AnalysisProbe() {
        super("analysis", "Gradients and dilution of linear attention");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor s = c.draws().uniform("s", DType.F64, 1, 32).add(0.1);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("scaled", steepest(s));
        out.put("scaled_small", steepest(s.mul(SMALL)));
        out.put("softmax", softmax(s));
        out.put("norm", normed(c, s));
        out.put("norm_small", normed(c, s.mul(SMALL)));
        Tensor x = walk(c);
        Tensor phi = LinearAttention.eluPlusOne(x);
        Tensor weights = phi.matmulT(phi);
        out.put("near_linear", near(weights.div(weights.sumKeep(1))));
        out.put("near_softmax", near(Fused.softmax(x.matmulT(x).div(Math.sqrt(DIM)), -1)));
        return out;
    }

    /** max_j p_j (1 - p_j) / s_j by gradient. */
    static double steepest(Tensor s) {
        double worst = 0;
        for (int j = 0; j < s.dim(1); j++) {
            int at = j;
            worst = Math.max(worst, slope(s, j, x -> x.div(x.sumKeep(1)).slice(1, at, at + 1)));
        }
        return worst;
    }

    static double softmax(Tensor s) {
        double worst = 0;
        for (int j = 0; j < s.dim(1); j++) {
            int at = j;
            worst = Math.max(worst, slope(s, j, x -> Fused.softmax(x, -1).slice(1, at, at + 1)));
        }
        return worst;
    }

    private static double slope(Tensor s, int j, java.util.function.UnaryOperator<Tensor> p) {
        Tensor one = Tensor.ones(DType.F64, 1, 1);
        Tensor g = Forms.gradients(List.of(s), one, x -> List.of(p.apply(x.getFirst())))
                .getFirst();
        return Math.abs(g.get(0, j));
    }

    /** max |dL/ds| of a sum of values behind the norm, for L the output's product with a unit direction. */
    private static double normed(CheckContext c, Tensor s) {
        Tensor v = c.normal64("v", s.dim(1), DIM);
        Tensor cot = c.normal64("cot", 1, DIM);
        Tensor unit = cot.div(Ops.sqrt(Ops.square(cot).sumKeep(1)));
        Tensor g = Forms.gradients(
                        List.of(s),
                        unit,
                        x -> List.of(Fused.rmsNorm(x.getFirst().matmul(v), 1e-2, Root.INSIDE)))
                .getFirst();
        return Ops.abs(g).max().item();
    }

    /** x_t = 0.9 x_{t-1} + noise, of unit variance, [T, 16]. */
    private static Tensor walk(CheckContext c) {
        Tensor[] rows = new Tensor[T];
        Tensor noise = c.normal64("noise", T, DIM);
        rows[0] = noise.slice(0, 0, 1);
        for (int t = 1; t < T; t++) {
            rows[t] = rows[t - 1].mul(0.9).add(noise.slice(0, t, t + 1).mul(Math.sqrt(0.19)));
        }
        return Ops.concat(0, rows);
    }

    private static double near(Tensor p) {
        Tensor row = Ops.iota(DType.F64, T).unsqueeze(1);
        Tensor seen = Ops.abs(row.sub(Ops.iota(DType.F64, T))).le(NEAR);
        return p.mul(seen.cast(DType.F64)).sum().item() / T;
    }
}
