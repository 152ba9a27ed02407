package org.layerzoo.plugins.hedgehog;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/**
 * Hedgehog (section 4), x [B, T, D] -> y [B, T, D]: linear attention with learned features, a map a head and role,
 *
 * <pre>
 * phi(x) = [exp(x W + b), exp(-(x W + b))];  o_i = sum_j (phi_q(q_i) . phi_k(k_j)) v_j / sum_j phi_q(q_i) . phi_k(k_j)
 * </pre>
 *
 * over j <= i when causal. FLOPs O(B T (D^2 + H d (2d + C))) in chunks of C tokens, state B H 2d (d + 1).
 */
final class HedgehogLayer implements LinearMixer, HeadedLayer {
    private static final String STATE = "kv";
    private static final Rope ROPE = Rope.halves(10000);

    private final HedgehogConfig c;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;
    private final MapOf mapQ;
    private final MapOf mapK;

    /** Parameters of a map. */
    private record MapOf(Param weight, Optional<Param> bias) {
        static MapOf of(Params p, String name, HedgehogConfig c) {
            int d = c.headDim();
            Param w = p.weight(name + ".mlp.layer", Shape.of(c.heads(), d, d), (path, shape, dtype, draws) -> {
                Tensor eye = Tensor.zeros(dtype, shape.dims());
                return c.skip() ? eye : eye.add(identity(d).cast(dtype));
            });
            return new MapOf(
                    w,
                    c.bias()
                            ? Optional.of(p.weight(
                                    name + ".mlp.bias",
                                    Shape.of(c.heads(), 1, d),
                                    Init.zeros(),
                                    new Param.Attr.NoDecay()))
                            : Optional.empty());
        }

        private static Tensor identity(int d) {
            double[] eye = new double[d * d];
            for (int i = 0; i < d; i++) {
                eye[i * d + i] = 1;
            }
            return Tensor.of(eye, d, d);
        }

        FeatureMap at(HedgehogConfig c) {
            return new FeatureMap(weight.value(), bias.map(Param::value), c.feature(), c.skip(), c.eps());
        }
    }

    HedgehogLayer(HedgehogConfig c, Params p) {
        this.c = c;
        q = Linear.of(p, "q_proj", c.dim(), c.dim(), false);
        k = Linear.of(p, "k_proj", c.dim(), c.dim(), false);
        v = Linear.of(p, "v_proj", c.dim(), c.dim(), false);
        out = Linear.of(p, "o_proj", c.dim(), c.dim(), false);
        mapQ = MapOf.of(p, "feature_map_q", c);
        mapK = MapOf.of(p, "feature_map_k", c);
    }

    @Override
    public String layer() {
        return "hedgehog";
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, c.heads(), 2 * c.headDim(), c.headDim() + 1));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor source = in.find("context").orElse(x);
        Tensor phiQ = mapQ.at(c).query(heads(q, x, p));
        Tensor phiK = mapK.at(c).apply(heads(k, source, p));
        Tensor vh = Heads.split(v.apply(source), c.heads());
        Tensor o = c.causal()
                ? LinearAttention.divided(p.recur(STATE, Fused.recur(phiQ, phiK, LinearAttention.counted(vh))), c.eps())
                : LinearAttention.divided(LinearAttention.bothWays(phiQ, phiK, LinearAttention.counted(vh)), c.eps());
        return out.apply(Heads.merge(p.call().taps().at(HEADS, o)));
    }

    private Tensor heads(Linear w, Tensor x, Pass p) {
        Tensor h = Heads.split(w.apply(x), c.heads());
        Tensor turned = c.rotary() ? ROPE.rotate(h, p.positions(x.dim(1))) : h;
        return c.scaled() ? turned.mul(Math.pow(c.headDim(), -0.25)) : turned;
    }
}
