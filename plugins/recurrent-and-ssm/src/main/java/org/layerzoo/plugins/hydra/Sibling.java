package org.layerzoo.plugins.hydra;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.hydra.HydraConfig.Kind;

/** M x + x for the other classes (section 2); names of free parameters as in modules/matrix_mixers. */
final class Sibling implements Mixing {
    /** Keeps angles of a Vandermonde matrix small. */
    private static final double EPS = 1e-3;

    private final HydraConfig c;
    private final HydraConfig.Matrix.Sibling s;
    private final List<Param> free = new ArrayList<>();
    private final Optional<Param> bias;

    Sibling(HydraConfig c, HydraConfig.Matrix.Sibling s, Params p) {
        this.c = c;
        this.s = s;
        int l = s.length();
        if (l > 0) {
            switch (s.kind()) {
                case DENSE -> free.add(p.weight("M", Shape.of(c.heads(), l, l), Init.xavierNormal(1)));
                case TOEPLITZ ->
                    free.add(p.weight("conv_params", Shape.of(c.heads(), 2 * l - 1), Init.xavierUniform(1)));
                default -> {
                    Shape rows = Shape.of(l, c.heads() * c.states());
                    free.add(p.weight("q_matrix", rows, Init.xavierNormal(1)));
                    free.add(p.weight("k_matrix", rows, Init.xavierNormal(1)));
                }
            }
        }
        bias = s.kind() == Kind.CAUCHY && l == 0
                ? Optional.of(p.weight("bias", Shape.of(), Init.constant(0.5)))
                : Optional.empty();
    }

    @Override
    public int convolved() {
        return s.length() > 0 ? 0 : 2 * c.heads() * (s.kind() == Kind.TOEPLITZ ? 1 : c.states());
    }

    @Override
    public int direct() {
        return 0;
    }

    @Override
    public boolean activated() {
        return s.kind() == Kind.TOEPLITZ || s.kind() == Kind.LOW_RANK;
    }

    @Override
    public Tensor mix(Tensor x, Tensor maps, Tensor rest, Optional<Tensor> lengths, Optional<Algorithm> form) {
        if (s.length() > 0 && x.dim(1) != s.length()) {
            throw ZooException.badShape("hydra: " + s.length() + " tokens expected, given " + x.shape());
        }
        int t = x.dim(1);
        Tensor v = Heads.split(x, c.heads());
        Tensor y =
                switch (s.kind()) {
                    case DENSE -> free.getFirst().value().matmul(v).div(Math.sqrt(t));
                    case TOEPLITZ -> toeplitz(v, distances(maps, x.dim(0))).mul(0.5 / Math.sqrt(t));
                    default -> pairs(v, side(maps, 0), side(maps, 1), t);
                };
        return Heads.merge(y).add(x);
    }

    /** q or k [B, H, T, d]. */
    private Tensor side(Tensor maps, int i) {
        if (s.length() > 0) {
            return Heads.split(free.get(i).value().unsqueeze(0), c.heads());
        }
        int w = c.heads() * c.states();
        return Heads.split(maps.slice(-1, i * w, (i + 1) * w), c.heads());
    }

    private Tensor pairs(Tensor v, Tensor q, Tensor k, int t) {
        double scale = 1 / Math.sqrt((double) t * c.states());
        int b = v.dim(0);
        return switch (s.kind()) {
            case LOW_RANK -> LinearAttention.bothWays(q, k, v).mul(scale);
            case ATTENTION -> Fused.attend(whole(q, b), whole(k, b), v);
            case CAUCHY -> {
                Tensor rows = Ops.exp(q).unsqueeze(3);
                Tensor sum = rows.add(Ops.exp(k).unsqueeze(2)).add(1e-8);
                Tensor all = bias.map(w -> sum.add(w.value().mul(2))).orElse(sum);
                yield Ops.reciprocal(all).sum(4).matmul(v).mul(scale);
            }
            default -> {
                double angle = 2 * Math.PI * (s.length() > 0 ? 1 : EPS);
                Tensor at = Ops.iota(v.dtype(), t).mul(angle);
                Tensor rows = Ops.cos(q.unsqueeze(3).mul(at.reshape(1, t, 1))).sum(4);
                Tensor columns =
                        Ops.cos(k.unsqueeze(2).mul(at.reshape(t, 1, 1))).sum(4);
                Tensor m = s.length() > 0 ? rows.add(columns) : rows.sub(columns);
                yield m.matmul(v).mul(scale * Math.sqrt(0.5));
            }
        };
    }

    private static Tensor whole(Tensor x, int b) {
        return x.expand(b, x.dim(1), x.dim(2), x.dim(3));
    }

    /** Entries by distance i - j from -(T-1) to T-1, [B, H, 2 T - 1]. */
    private Tensor distances(Tensor maps, int b) {
        if (s.length() > 0) {
            Tensor p = free.getFirst().value();
            return p.unsqueeze(0).expand(b, p.dim(0), p.dim(1));
        }
        Tensor both = maps.permute(0, 2, 1);
        List<Tensor> sides = Ops.split(both, 1, c.heads(), c.heads());
        return Ops.concat(2, Ops.flip(sides.get(1).slice(2, 1, both.dim(2)), 2), sides.get(0));
    }

    /** A convolution of every channel with its head's row of distances. */
    private Tensor toeplitz(Tensor v, Tensor rows) {
        int b = v.dim(0);
        int t = v.dim(2);
        int p = v.dim(3);
        Tensor x = v.permute(0, 1, 3, 2).reshape(b, c.heads() * p, t);
        Tensor k = rows.unsqueeze(2).expand(b, c.heads(), p, 2 * t - 1).reshape(b, c.heads() * p, 2 * t - 1);
        Tensor y = Fused.longConv(x, k, t - 1, LongConv.Edge.ZERO);
        return y.reshape(b, c.heads(), p, t).permute(0, 1, 3, 2);
    }
}
