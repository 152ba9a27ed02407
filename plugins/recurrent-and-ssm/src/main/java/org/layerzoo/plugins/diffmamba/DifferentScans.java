package org.layerzoo.plugins.diffmamba;

import java.util.List;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.ssm.SsmInit;

/** The naive difference (section 4.4): out = ((y_1 - y_2) * SiLU(z)) W_out of two scans behind one projection and convolution. */
final class DifferentScans implements LinearMixer {
    private final DiffMambaConfig c;
    private final int rank;
    private final Linear inProj;
    private final DepthwiseConv conv;
    private final List<Scan> scans;
    private final Linear outProj;

    /** One parameter set. */
    private record Scan(String slot, Linear x, Param w, Param b, Param aLog, Param skip) {
        static Scan of(String name, Params p, DiffMambaConfig c, int rank) {
            int e = c.inner();
            double bound = 1 / Math.sqrt(rank);
            return new Scan(
                    "h" + name,
                    Linear.of(p, "x_proj", e, rank + 2 * c.states(), false),
                    p.weight("dt_proj.weight", Shape.of(e, rank), Init.uniform(-bound, bound)),
                    p.weight("dt_proj.bias", Shape.of(e), SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay()),
                    p.weight("A_log", Shape.of(e, c.states()), Init.logArange(), new Param.Attr.NoDecay()),
                    p.weight("D", Shape.of(e), Init.ones(), new Param.Attr.NoDecay()));
        }
    }

    DifferentScans(DiffMambaConfig c, DiffMambaConfig.Form.Scans s, Params p) {
        this.c = c;
        rank = c.rank(s.rank());
        inProj = Linear.of(p, "in_proj", c.dim(), 2 * c.inner(), c.bias());
        conv = DepthwiseConv.of(p, "conv1d", c.inner(), c.convWidth(), c.convBias(), Activation.SILU);
        scans = List.of(Scan.of("1", p.at("s1"), c, rank), Scan.of("2", p.at("s2"), c, rank));
        outProj = Linear.of(p, "out_proj", c.inner(), c.dim(), c.bias());
    }

    @Override
    public String layer() {
        return "diff-mamba";
    }

    @Override
    public List<Memory> memory() {
        return scans.stream()
                .map(s -> new Memory(s.slot, List.of(c.inner(), c.states())))
                .toList();
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return List.of(conv);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        List<Tensor> xz = Ops.split(inProj.apply(in.get("x")), -1, c.inner(), c.inner());
        Tensor x = p.conv(conv, xz.get(0));
        Tensor y = scan(scans.getFirst(), x, p).sub(scan(scans.getLast(), x, p));
        return outProj.apply(y.mul(Ops.silu(xz.get(1))));
    }

    private Tensor scan(Scan s, Tensor x, Pass p) {
        List<Tensor> m = Ops.split(s.x.apply(x), -1, rank, c.states(), c.states());
        Tensor a = Ops.exp(s.aLog.value()).neg();
        return p.selective(
                s.slot,
                Fused.selectiveScan(x, Fused.linear(m.get(0), s.w.value()), a, m.get(1), m.get(2))
                        .deltaBias(s.b.value())
                        .softplus()
                        .skip(s.skip.value()),
                x.dim(1));
    }
}
