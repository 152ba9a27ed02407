package org.layerzoo.plugins.ecoformer.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.pf4j.Extension;

/** Correlation of the products of codes with those of tokens, which softmax would take as scores, over pairs of 64 random tokens. */
@Extension
public final class CodesProbe extends FiguresProbe {
    public CodesProbe() {
        super("codes", "Correlation of the similarity of codes with the scores of softmax");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor u = EcoFormerChecks.tokens(c, 64);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put(
                "learned",
                correlation(EcoFormerChecks.learn(c, u, 16, 5e-3).hash().codes(u), u));
        out.put("random", correlation(EcoFormerChecks.random(c, u).codes(u), u));
        return out;
    }

    private static double correlation(Tensor codes, Tensor u) {
        double[] a = codes.matmulT(codes).toDoubles();
        double[] b = u.matmulT(u).toDoubles();
        double ma = java.util.Arrays.stream(a).average().orElseThrow();
        double mb = java.util.Arrays.stream(b).average().orElseThrow();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - ma) * (b[i] - mb);
            aa += (a[i] - ma) * (a[i] - ma);
            bb += (b[i] - mb) * (b[i] - mb);
        }
        return ab / Math.sqrt(aa * bb);
    }
}
