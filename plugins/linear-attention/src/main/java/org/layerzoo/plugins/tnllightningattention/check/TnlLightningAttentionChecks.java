package org.layerzoo.plugins.tnllightningattention.check;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.tnllightningattention.TnlLightningAttentionProvider;
import org.layerzoo.plugins.tnllightningattention.TnlModelProvider;

/** The Checks of the TNL sheet. */
public final class TnlLightningAttentionChecks {
    private TnlLightningAttentionChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: block, recurrent and dense masked forms agree", c -> forms(c, DType.F32, 1e-5)),
                new Check("check-2: worked number with lambda = 0.5", c -> Forms.halving(c, 2)),
                new Check("check-3: lambda = 1 and lambda -> 0", TnlLightningAttentionChecks::limits),
                new Check("check-4: slopes for H = 8 and layer factors", TnlLightningAttentionChecks::slopes),
                new Check("check-5: gradients of the blocked backward", c -> forms(c, DType.F64, 1e-11)),
                new Check("check-6: causality, prefill then step decode", TnlLightningAttentionChecks::stream),
                new Check("check-7: split invariance", TnlLightningAttentionChecks::splits),
                new Check("check-8: SRMSNorm has unit RMS", TnlLightningAttentionChecks::norm));
    }

    /** Values and gradients of every form against autograd of the dense one; 37 is no multiple of 7 or 16. */
    private static void forms(CheckContext c, DType dtype, double tolerance) {
        double[] slopes = Slopes.ofLayer(2, 1, 4);
        Forms.quadratic(
                c,
                Forms.draw(c, dtype, 2, 2, 37, 6, 6),
                r -> r.perHead(Slopes.decay(dtype, slopes)),
                Forms.decayMask(slopes, 37).cast(dtype),
                tolerance,
                1,
                7,
                16);
    }

    private static void limits(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 21, 4, 4);
        Tensor kv = x.get(1).unsqueeze(4).mul(x.get(2).unsqueeze(3));
        Tensor sum = Ops.cumsum(kv, 2).mul(x.get(0).unsqueeze(4)).sum(3);
        c.close("lambda = 1", decayed(x, 0), sum, 1e-12);
        Tensor own = kv.mul(x.get(0).unsqueeze(4)).sum(3);
        c.close("lambda -> 0", decayed(x, 80), own, 1e-12);
    }

    private static Tensor decayed(List<Tensor> x, double slope) {
        return Fused.recur(x.get(0), x.get(1), x.get(2))
                .perHead(Slopes.decay(DType.F64, new double[] {slope, slope}))
                .chunked(8)
                .run()
                .o();
    }

    private static void slopes(CheckContext c) {
        double[] first = Slopes.ofLayer(8, 0, 12);
        double[] last = Slopes.ofLayer(8, 11, 12);
        for (int h = 0; h < 8; h++) {
            double s = Math.pow(2, -(h + 1));
            c.close("slope " + h, Slopes.alibi(8)[h], s, 1e-15);
            c.close("first layer, head " + h, first[h], 1.00001 * s, 1e-15);
            c.close("last layer, head " + h, last[h], 1e-5 * s, 1e-15);
        }
        double[] six = Slopes.alibi(6);
        c.close("five of H = 6 as ALiBi has it", six[4], Math.pow(2, -1), 1e-15);
    }

    private static void stream(CheckContext c) {
        TnlLightningAttentionProvider mixer = new TnlLightningAttentionProvider();
        TnlModelProvider whole = new TnlModelProvider();
        Models.Options o = Models.Options.of(c.draws().seed()).with(DType.F64);
        for (Model m : List.of(
                Models.build("", mixer, mixer.defaults(Size.TINY), o),
                Models.build("", whole, whole.defaults(Size.TINY), o))) {
            Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 8));
            Forms.causal(c, m, x, 11);
            Forms.streams(c, m, x, 1e-10);
        }
    }

    private static void splits(CheckContext c) {
        TnlLightningAttentionProvider p = new TnlLightningAttentionProvider();
        Model m = Models.build(
                "", p, p.defaults(Size.TINY), Models.Options.of(c.draws().seed()));
        Forms.agree(c, m, Tensors.of("x", c.normal("x", 2, 37, 8)), 1e-5, 1, 7, 16, 37);
    }

    private static void norm(CheckContext c) {
        Tensor x = c.normal64("x", 5, 64);
        Tensor y = Fused.rmsNorm(x, 1e-6, Root.INSIDE);
        c.close("mean square", y.mul(y).mean(1), Tensor.ones(DType.F64, 5), 1e-5);
        c.close("of 10 x", Fused.rmsNorm(x.mul(10), 1e-6, Root.INSIDE), y, 1e-5);
    }
}
