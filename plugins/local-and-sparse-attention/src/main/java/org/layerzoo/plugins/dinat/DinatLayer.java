package org.layerzoo.plugins.dinat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/**
 * Dilated neighbourhood attention (section 3.2, equations 3 and 4), x [B, N, D] -> y [B, N, D]. Along each axis token i =
 * a delta + r has the k keys of its residue class r around a, the window moved inwards at borders:
 *
 * <pre>
 * A = softmax over the window of (d^-0.5 q_i . k_j + B[a_j - a_i + k - 1]);  y_i = W sum_j A_j v_j
 * </pre>
 *
 * On a map the window is the product of both axes, so that a query has k^2 keys whatever delta is: FLOPs O(B N (D^2 + k^2
 * D)), memory O(B H N). The block around it (norms, MLP, layer scale) is NATLayer of the authors' nat.py.
 */
public final class DinatLayer implements Layer {
    private static final String HEADS = "heads";
    private static final String OUT = "out";

    private final DinatConfig c;
    private final Optional<Param> rpb;
    private final Linear qkv;
    private final Linear proj;

    public DinatLayer(DinatConfig c, Params p) {
        this.c = c;
        int[] table = IntStream.concat(
                        IntStream.of(c.heads()), c.form().axes().stream().mapToInt(n -> 2 * c.kernel() - 1))
                .toArray();
        rpb = c.relativeBias()
                ? Optional.of(p.weight("rpb", Shape.of(table), Init.truncatedNormal(0.02), new Param.Attr.NoDecay()))
                : Optional.empty();
        qkv = Linear.truncated(p, "qkv", c.dim(), 3 * c.dim(), c.qkvBias());
        proj = Linear.truncated(p, "proj", c.dim(), c.dim(), true);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "dinat");
        Tensor x = in.get("x");
        fits(x, call);
        List<Tensor> t = Ops.split(qkv.apply(x), -1, c.dim(), c.dim(), c.dim()).stream()
                .map(this::map)
                .toList();
        Tensor o = call.taps().at(HEADS, attend(t.get(0), t.get(1), t.get(2), rpb.map(Param::value)));
        int d = c.dim() / c.heads();
        // [B, H, axes.., d] -> [B, N, H d]
        Tensor rows =
                o.reshape(x.dim(0), c.heads(), x.dim(1), d).permute(0, 2, 1, 3).reshape(x.shape());
        Tensor y = call.taps().at(OUT, proj.apply(rows));
        call.aux().put(OUT, y);
        return Tensors.of("y", y);
    }

    /** o [B, H, axes.., d] of q, k, v of that shape. */
    private Tensor attend(Tensor q, Tensor k, Tensor v, Optional<Tensor> bias) {
        double scale = c.scale().orElse(1 / Math.sqrt(q.dim(-1)));
        List<Axis> axes = c.form().axes().stream()
                .map(n -> new Axis(c.kernel(), c.dilation(), false))
                .toList();
        return bias.map(b -> Fused.neighbourhood(q, k, v, b, axes, Border.SHIFT, scale))
                .orElseGet(() -> Fused.neighbourhood(q, k, v, axes, Border.SHIFT, scale))
                .o();
    }

    /** [B, N, H d] -> [B, H, axes.., d]. */
    private Tensor map(Tensor x) {
        int d = c.dim() / c.heads();
        int[] dims = IntStream.concat(
                        IntStream.of(x.dim(0), c.heads()),
                        IntStream.concat(c.form().axes().stream().mapToInt(n -> n), IntStream.of(d)))
                .toArray();
        return x.reshape(x.dim(0), x.dim(1), c.heads(), d).permute(0, 2, 1, 3).reshape(dims);
    }

    private void fits(Tensor x, Call call) {
        List<Integer> axes = c.form().axes();
        if (x.dim(1) != axes.stream().reduce(1, (a, b) -> a * b)) {
            throw ZooException.badShape("dinat: tokens of " + axes + " expected, given " + x.shape());
        }
        Optional<Seqs.Grid> other = call.seqs()
                .grid()
                .filter(g -> g.t() != 1 || !(axes.equals(List.of(g.h(), g.w())) || axes.equals(List.of(g.size()))));
        if (other.isPresent()) {
            throw ZooException.badShape("dinat: built for tokens of " + axes + ", the call has " + other.get());
        }
    }

    @Override
    public List<Site> sites() {
        String axes = c.form().axes().size() == 2 ? "h w" : "T";
        return List.of(new Site(HEADS, "B H " + axes + " d"), new Site(OUT, "B T D"));
    }
}
