package org.layerzoo.plugins.hydra;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.ssm.Ssd;
import org.layerzoo.nn.ssm.SsmInit;

/** Two scans, one from either end, each shifted away from the diagonal, and a diagonal of its own; or both joined without a shift. */
public final class Quasiseparable implements Mixing {
    private final HydraConfig c;
    private final int groups;
    private final boolean shared;
    private final Optional<HydraConfig.Join> join;
    private final Param dtBias;
    private final Param aLog;
    private final Param d;
    private final Linear fcD;

    /** @param shared whether both directions share B and C @param join of scans that keep the diagonal */
    Quasiseparable(HydraConfig c, int groups, boolean shared, Optional<HydraConfig.Join> join, Params p) {
        this.c = c;
        this.groups = groups;
        this.shared = shared;
        this.join = join;
        Shape heads = Shape.of(c.heads());
        dtBias = p.weight("dt_bias", heads, SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay());
        aLog = p.weight("A_log", heads, Init.zeros(), new Param.Attr.NoDecay());
        d = p.weight("D", heads, Init.ones(), new Param.Attr.NoDecay());
        fcD = Linear.of(p, "fc_D", c.inner(), c.heads(), false);
    }

    /** B and C of one direction. */
    private int pair() {
        return 2 * groups * c.states();
    }

    @Override
    public int convolved() {
        return shared ? pair() : 2 * pair();
    }

    @Override
    public int direct() {
        return 2 * c.heads();
    }

    @Override
    public boolean activated() {
        return true;
    }

    @Override
    public Tensor mix(Tensor x, Tensor maps, Tensor rest, Optional<Tensor> lengths, Optional<Algorithm> form) {
        int h = c.heads();
        Tensor bias = Ops.concat(0, dtBias.value(), dtBias.value());
        Tensor both = Ops.softplus(rest.add(bias));
        // A step of 0 keeps the state and adds nothing.
        Tensor dt = lengths.map(l -> Sequences.zeroPads(both, Seqs.padded(l))).orElse(both);
        Tensor a = Ops.exp(aLog.value()).neg();
        Side there = new Side(maps.slice(-1, 0, pair()), dt.slice(-1, 0, h));
        Side back = new Side(shared ? there.maps : maps.slice(-1, pair(), 2 * pair()), dt.slice(-1, h, 2 * h));
        Tensor sides = join.map(j -> joined(j, x, there, back, a, groups, form))
                .orElseGet(() -> sides(x, there, back, a, groups, form));
        Tensor diagonal = fcD.apply(x).add(d.value()).permute(0, 2, 1).unsqueeze(3);
        return Heads.merge(sides.add(Heads.split(x, h).mul(diagonal)));
    }

    /** B and C side by side [B, T, 2 G N], steps [B, T, H]. */
    public record Side(Tensor maps, Tensor dt) {}

    /** The strict triangles times x: row i reads C of its neighbour on that side, [B, H, T, P]. */
    public static Tensor sides(Tensor x, Side there, Side back, Tensor a, int groups, Optional<Algorithm> form) {
        int t = x.dim(1);
        if (t == 1) {
            return Ops.zerosLike(Heads.split(x, a.dim(0)));
        }
        Tensor left = read(x, there, a, groups, form, false).slice(2, 0, t - 1);
        Tensor right = read(x, back, a, groups, form, true).slice(2, 1, t);
        return Ops.padZero(left, 2, 1, 0).add(Ops.padZero(right, 2, 0, 1));
    }

    /** Both scans with their diagonals, [B, H, T, P]. */
    public static Tensor joined(
            HydraConfig.Join join, Tensor x, Side there, Side back, Tensor a, int groups, Optional<Algorithm> form) {
        int h = a.dim(0);
        Tensor left = read(x, there, a, groups, form, false);
        Tensor right = read(x, back, a, groups, form, true);
        return switch (join) {
            case ADD -> left.add(right);
            case CONCAT -> Ops.concat(1, left.slice(1, 0, h / 2), right.slice(1, h / 2, h));
        };
    }

    private static Tensor read(Tensor x, Side s, Tensor a, int groups, Optional<Algorithm> form, boolean reverse) {
        int n = s.maps.dim(-1) / 2;
        List<Tensor> bc = Ops.split(s.maps, -1, n, n);
        Recurrence r = Ssd.of(x, s.dt, a, bc.get(0), bc.get(1), groups);
        form.ifPresent(r::algorithm);
        return (reverse ? r.reverse() : r).run().o();
    }
}
