package org.layerzoo.plugins.rat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.rat.ChunkAttention.Summaries;

/**
 * RAT (section 3), u [B, T, D] -> u + y W_out [B, T, D], chunks of L tokens:
 *
 * <pre>
 * [z, x, g, q, k] = RMSNorm(u) W_in;  k~_l = g k~_{l-1} + (1 - g) k_l, v~ alike of x, both from 0 in every chunk;  g = sigmoid(g + b)
 * y = sigmoid(z) * softmax over [last k~ of earlier chunks, own k~] of their v~, positions being those of chunks
 * </pre>
 *
 * The recurrences are one scan whose decay is 0 where a chunk begins. FLOPs O(B T D (D + T/L)), cache T/L summaries and one running state.
 * Equals rat/rat_slow.py:RATSlow of the authors, with the residual.
 */
final class RatLayer implements LinearMixer, HeadedLayer {
    private static final String RUNNING = "running";
    private static final String KEYS = "k";
    private static final String VALUES = "v";

    private final RatConfig c;
    private final Norm norm;
    private final Linear in;
    private final Param gateBias;
    private final Linear out;

    RatLayer(RatConfig c, Params p) {
        this.c = c;
        norm = Norm.Rms.of(p, "input_norm", c.dim(), 1e-6);
        int grouped = 2 * c.groups() * c.headDim();
        in = Linear.of(p, "in_proj", c.dim(), 3 * c.dim() + grouped, false, Init.normal(0.02));
        gateBias = p.weight("gate_bias", Shape.of(c.dim()), this::spans, new Param.Attr.NoDecay());
        out = Linear.of(p, "out_proj", c.dim(), c.dim(), false, Init.normal(0.02));
    }

    /** log U(1, L - 1): gates that keep for 1 to L tokens; 0 where a chunk is one token. */
    private Tensor spans(String path, Shape shape, DType dtype, Draws draws) {
        Tensor u = draws.uniform(path, DType.F64, shape.dims());
        Tensor span = c.chunk() == 1 ? Ops.onesLike(u) : u.mul(c.chunk() - 2).add(1);
        return Ops.log(span).cast(dtype);
    }

    @Override
    public String layer() {
        return "rat";
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(RUNNING, List.of(2 * c.dim())));
    }

    @Override
    public State open(Opening o) {
        return LinearMixer.super.open(o).with(KEYS, new Slot.Growing(2)).with(VALUES, new Slot.Growing(2));
    }

    @Override
    public Tensor mix(Tensors tensors, Pass p) {
        Tensor u = tensors.get("x");
        int d = c.dim();
        int grouped = c.groups() * c.headDim();
        int from = p.position();
        List<Tensor> t = Ops.split(in.apply(norm.apply(u)), -1, d, d, d, grouped, grouped);
        Tensor running = running(t.get(1), tiled(t.get(4)), t.get(2), from, p);
        Tensor at = Sequences.positions(from, u.dim(1));
        Tensor chunk = ChunkAttention.chunks(at, c.chunk());
        Tensor q = rotated(Heads.split(tiled(t.get(3)), c.heads()), chunk);
        Tensor k = rotated(Heads.split(Wide.down(running.slice(-1, 0, d), u), c.heads()), chunk);
        Tensor v = Heads.split(Wide.down(running.slice(-1, d, 2 * d), u), c.heads());
        Optional<Summaries> closed = closed(k, v, from, p);
        Tensor y = ChunkAttention.read(q, k, v, closed, chunk, c.scale());
        Tensor heads = Heads.merge(p.call().taps().at(HEADS, y));
        return out.apply(Activation.SIGMOID.apply(t.get(0)).mul(heads)).add(u);
    }

    /** Groups side by side, again and again: head h reads group h mod G. */
    private Tensor tiled(Tensor x) {
        return c.groups() == c.heads() ? x : Ops.concat(-1, Collections.nCopies(c.heads() / c.groups(), x));
    }

    private Tensor rotated(Tensor x, Tensor chunk) {
        return c.ropeBase() == 0 ? x : Rope.halves(c.ropeBase()).rotate(x, chunk);
    }

    /** k~ and v~ side by side, [B, T, 2 D], F32 or wider. */
    private Tensor running(Tensor x, Tensor k, Tensor gate, int from, Pass p) {
        Tensor g = Ops.sigmoid(Wide.up(gate).add(Wide.up(gateBias.value())));
        Tensor rest = g.neg().add(1);
        Tensor into = Ops.concat(-1, rest.mul(Wide.up(k)), rest.mul(Wide.up(x)));
        Tensor place = Ops.mod(Sequences.positions(from, x.dim(1)), Tensor.of(new long[] {c.chunk()}, 1));
        Tensor zero = Tensor.scalar(g.dtype(), 0);
        Tensor kept = Ops.where(place.eq(0).reshape(1, x.dim(1), 1), zero, g);
        return p.scan(RUNNING, Ops.concat(-1, kept, kept), into);
    }

    /** Last states of the chunks that are closed, those that this piece closes with them. */
    private Optional<Summaries> closed(Tensor k, Tensor v, int from, Pass p) {
        Optional<Summaries> here = Summaries.closing(k, v, c.chunk() - 1 - from % c.chunk(), c.chunk());
        Optional<Tensor> keys = p.grown(KEYS, here.map(Summaries::k));
        Optional<Tensor> values = p.grown(VALUES, here.map(Summaries::v));
        return keys.map(all -> new Summaries(all, values.orElseThrow()));
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(HEADS, "B H T p"));
    }
}
