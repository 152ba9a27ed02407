package org.layerzoo.plugins.based;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.based.BasedConfig.Form;

/**
 * Linear attention with the second-order Taylor features of exp (section 4.1), x [B, T, D] -> y [B, T, D]:
 *
 * <pre>
 * w_ij = 1 + s_ij + s_ij^2 / 2,  s_ij = q_i . k_j / sqrt(d');  o_i = sum_{j <= i} w_ij v_j / (sum_{j <= i} w_ij + eps);  y = o W_o
 * </pre>
 *
 * In chunks of C tokens the polynomial is taken of the products q . k within a chunk and phi is made for one chunk at a time.
 * FLOPs O(B H T (C (d' + dv) + F dv)) with F features, state B H F (dv + 1). Equals linear_attention.py:LinearAttention of the
 * authors.
 */
final class TaylorAttention implements LinearMixer, HeadedLayer {
    private static final String STATE = "kv";

    private final Form.Taylor f;
    private final TaylorMap map;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    TaylorAttention(int dim, Form.Taylor f, Params p) {
        this.f = f;
        map = new TaylorMap(f.featureDim(), f.packed());
        q = Linear.of(p, "proj_q", dim, f.heads() * f.featureDim(), false);
        k = Linear.of(p, "proj_k", dim, f.heads() * f.featureDim(), false);
        v = Linear.of(p, "proj_v", dim, f.heads() * f.headDim(), false);
        out = Linear.of(p, "out_proj", f.heads() * f.headDim(), dim, false);
    }

    @Override
    public String layer() {
        return "based";
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, f.heads(), map.size(), f.headDim() + 1));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = Heads.split(q.apply(x), f.heads());
        Tensor kh = Heads.split(k.apply(x), f.heads());
        Tensor vh = LinearAttention.counted(Heads.split(v.apply(x), f.heads()));
        Tensor sums =
                switch (p.call().algorithm()) {
                    case Call.Algorithm.Auto a -> chunks(qh, kh, vh, f.chunk(), p);
                    case Call.Algorithm.Chunked a -> chunks(qh, kh, vh, a.chunk(), p);
                    case Call.Algorithm.Parallel a -> chunks(qh, kh, vh, x.dim(1), p);
                    default -> p.recur(STATE, Fused.recur(map.apply(qh), map.apply(kh), vh));
                };
        Tensor o = LinearAttention.divided(sums, f.eps());
        return out.apply(Heads.merge(p.call().taps().at(HEADS, o)));
    }

    private Tensor chunks(Tensor qh, Tensor kh, Tensor vh, int size, Pass p) {
        Recurrence.Recurred r = chunks(map, qh, kh, vh, size, p.kept(STATE));
        p.keep(STATE, r.state());
        return r.o();
    }

    /** Numerators and denominators [B, H, T, dv + 1] and the state [B, H, F, dv + 1]. @param before the state, absent for an empty one */
    static Recurrence.Recurred chunks(
            TaylorMap map, Tensor qh, Tensor kh, Tensor vh, int size, Optional<Tensor> before) {
        int t = qh.dim(2);
        DType wide = Wide.of(qh.dtype());
        Tensor state = before.orElseGet(() -> Tensor.zeros(wide, qh.dim(0), qh.dim(1), map.size(), vh.dim(3)));
        List<Tensor> parts = new ArrayList<>();
        for (int from = 0; from < t; from += size) {
            int to = Math.min(t, from + size);
            Tensor qc = qh.slice(2, from, to).cast(wide);
            Tensor kc = kh.slice(2, from, to).cast(wide);
            Tensor vc = vh.slice(2, from, to).cast(wide);
            Tensor own = polynomial(qc, kc).matmul(vc);
            // Before the first chunk of whole rows there is nothing to read.
            parts.add(
                    from == 0 && before.isEmpty() ? own : own.add(map.apply(qc).matmul(state)));
            state = state.add(map.apply(kc).tMatmul(vc));
        }
        return new Recurrence.Recurred(Ops.concat(2, parts).cast(qh.dtype()), state);
    }

    /** 1 + s + s^2 / 2 for j <= i, else 0. */
    private static Tensor polynomial(Tensor qc, Tensor kc) {
        int n = qc.dim(2);
        Tensor s = qc.matmulT(kc).mul(1 / Math.sqrt(qc.dim(3)));
        Tensor past = Ops.iota(DType.I64, n).le(Ops.iota(DType.I64, n).unsqueeze(1));
        return Ops.where(past, s.mul(s.mul(0.5).add(1)).add(1), Tensor.scalar(s.dtype(), 0));
    }
}
