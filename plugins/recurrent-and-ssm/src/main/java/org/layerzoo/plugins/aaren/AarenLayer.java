package org.layerzoo.plugins.aaren;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.HeadMaps;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.linear.RunningSoftmax;

/**
 * Attention as a recurrence (section 3), x [B, T, D] -> y [B, T, D]: with one learned token q0,
 *
 * <pre>
 * s_i = (W_q q0).(W_k x_i) / sqrt(p);  o_t = sum_{i <= t} exp(s_i) v_i / sum_{i <= t} exp(s_i);  y_t = W_o o_t
 * </pre>
 *
 * as a scan of running softmax averages; the memory of all that was seen is o and the log of its mass, B H (p + 1) numbers. FLOPs
 * O(B T D^2). With queries from rows it is softmax attention over port {@code context}, which the same cell takes block by block.
 */
final class AarenLayer implements LinearMixer, HeadedLayer {
    private static final String READ = "o";
    private static final String MASS = "lse";

    private final AarenConfig c;
    private final Optional<Param> token;
    private final HeadMaps maps;

    AarenLayer(AarenConfig c, Params p) {
        this.c = c;
        token = c.query() == AarenConfig.Query.LEARNED
                ? Optional.of(p.weight("query", Shape.of(c.dim()), Init.normal(0.02)))
                : Optional.empty();
        maps = HeadMaps.of(p, c.dim(), c.heads());
    }

    @Override
    public String layer() {
        return "aaren";
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(READ, List.of(c.heads(), c.dim() / c.heads())));
    }

    @Override
    public State open(Opening o) {
        Tensor nothing = Tensor.full(Wide.of(o.dtype()), Double.NEGATIVE_INFINITY, o.batch(), c.heads());
        return LinearMixer.super.open(o).with(MASS, new Slot.Fixed(nothing));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Optional<Algorithm> form = Algorithms.of(p.call(), layer());
        Tensor o = token.map(t -> prefixes(x, t.value(), p, form))
                .orElseGet(() -> blocks(maps.queries(x), in.get("context"), form));
        return maps.merged(p.call().taps().at(HEADS, o));
    }

    private Tensor prefixes(Tensor x, Tensor q0, Pass p, Optional<Algorithm> form) {
        int d = c.dim() / c.heads();
        Tensor query = maps.q().apply(q0.unsqueeze(0)).reshape(c.heads(), d, 1);
        Tensor scores = maps.keys(x).matmul(query.unsqueeze(0)).squeeze(-1).div(Math.sqrt(d));
        Optional<Fused.Part> state =
                p.kept(READ).map(o -> new Fused.Part(o, p.kept(MASS).orElseThrow()));
        Fused.Part run = RunningSoftmax.read(scores, maps.values(x), state, form);
        Fused.Part end = RunningSoftmax.last(run);
        p.keep(READ, end.o());
        p.keep(MASS, end.lse());
        return run.o();
    }

    /** Many to one: the memory of any query takes tokens, or blocks of them, one after another. */
    private Tensor blocks(Tensor query, Tensor context, Optional<Algorithm> form) {
        Tensor keys = maps.keys(context);
        Tensor values = maps.values(context);
        int n = context.dim(1);
        int size = form.map(a -> switch (a) {
                    case Algorithm.Recurrent r -> 1;
                    case Algorithm.Chunked ch -> ch.size();
                    case Algorithm.Parallel all -> n;
                })
                .orElse(n);
        List<Fused.Part> parts = new ArrayList<>();
        for (int from = 0; from < n; from += size) {
            int to = Math.min(n, from + size);
            var a = Fused.attend(query)
                    .keys(keys.slice(2, from, to), values.slice(2, from, to))
                    .run();
            parts.add(new Fused.Part(a.o(), a.lse().orElseThrow()));
            if (parts.size() == 2) {
                parts = new ArrayList<>(List.of(Fused.mergeLse(parts)));
            }
        }
        return parts.getFirst().o();
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(HEADS, "B H T p"));
    }
}
