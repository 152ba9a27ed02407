package org.layerzoo.plugins.seqboatsma;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ActiveTokens;
import org.layerzoo.nn.Dropout;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.ssm.DampedEma;
import org.layerzoo.plugins.seqboatsma.GatedUnit.Rows;

/**
 * SeqBoat layer (section 3), x [B, T, D] -> y [B, T, D] with the residual inside its activation:
 *
 * <pre>
 * m = SiLU(EMA(norm x));  [u, hx] = W m;  p = softmax(u / temp);  active where p_1 > p_0, c = p_1 there, else 0
 * h = c unpack(GAU(pack(m)));  y = SiLU(hx + h + x)
 * </pre>
 *
 * FLOPs O(B T D n + B S w (z + e)) for S active tokens and a window of w of them. Equals seqboat_unit.py:SeqBoatUnit of the authors. A
 * stream keeps the averages and the last w active keys and values.
 */
public final class SeqBoatLayer implements Streaming {
    private static final String CONFIDENCE = "confidence";

    private final SeqBoatConfig c;
    private final Norm norm;
    private final DampedEma ema;
    private final Linear hx;
    private final Optional<Param> temperature;
    private final GatedUnit unit;

    SeqBoatLayer(SeqBoatConfig c, Params p) {
        this.c = c;
        norm = switch (c.norm()) {
            case LAYER, LAYER_POST -> Norm.Layer.of(p, "norm.norm", c.dim(), 1e-5);
            case RMS, RMS_POST -> Norm.Rms.of(p, "norm.norm", c.dim(), 1e-5);
        };
        ema = DampedEma.of(p.at("move"), c.dim(), c.averages(), !c.reach().causal());
        hx = Linear.truncated(p, "hx_proj", c.dim(), c.routed() ? c.dim() + 2 : c.dim(), true);
        temperature = c.routed()
                ? Optional.of(p.weight(
                        "q_router.temp",
                        Shape.of(1),
                        Init.constant(Math.log(0.3 * Math.sqrt(c.dim()))),
                        new Param.Attr.NoDecay()))
                : Optional.empty();
        unit = new GatedUnit(c, p);
    }

    /** What the router says: probabilities [B, T, 2], BOOL [B, T] active, confidence [B, T, 1], 0 where not, and the direct path [B, T, D]. */
    private record Routed(Tensor p, Tensor active, Tensor confidence, Tensor direct) {}

    private Routed route(Tensor m, Call call) {
        Tensor h = hx.apply(m);
        int b = m.dim(0);
        int t = m.dim(1);
        if (!c.routed()) {
            Tensor one = Tensor.ones(m.dtype(), b, t, 1);
            return new Routed(one.expand(b, t, 2), one.squeeze(-1).gt(0), one, h);
        }
        Tensor idle = Tensor.of(m.dtype(), new double[] {c.idleBias(), 0}, 2);
        Tensor u =
                h.slice(2, 0, 2).add(idle).div(Ops.exp(temperature.orElseThrow().value()));
        Tensor p = Fused.softmax(u, -1);
        Tensor active = p.select(2, 1).gt(p.select(2, 0));
        Tensor confidence = Ops.where(active.unsqueeze(-1), p.slice(2, 1, 2), Tensor.scalar(m.dtype(), 0));
        return new Routed(p, active, call.taps().at(CONFIDENCE, confidence), h.slice(2, 2, 2 + c.dim()));
    }

    private Tensor finish(Routed r, Tensor h, Tensor x, Call call) {
        Tensor sum = new Dropout("h", c.dropout()).apply(r.direct().add(h.mul(r.confidence())), call);
        Tensor y = Ops.silu(sum.add(x));
        return c.prenorm() ? y : norm.apply(y);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "seqboat-sma");
        Tensor x = in.get("x");
        Tensor m = Ops.silu(average(c.prenorm() ? norm.apply(x) : x, call));
        Routed r = route(m, call);
        call.aux().put("router", r.p());
        return Tensors.of("y", finish(r, attended(m, r.active(), call), x, call));
    }

    private Tensor average(Tensor x, Call call) {
        return call.algorithm() instanceof Call.Algorithm.Recurrent
                ? ema.scan(x, Optional.empty()).y()
                : ema.convolve(x);
    }

    private Tensor attended(Tensor m, Tensor active, Call call) {
        ActiveTokens packed = ActiveTokens.of(active);
        boolean local = c.reach().window() > 0;
        boolean dense = call.algorithm() instanceof Call.Algorithm.Dense;
        ActiveTokens a = dense || (!local && packed.size() >= c.reach().density() * m.dim(1))
                ? ActiveTokens.inPlace(active)
                : packed;
        if (dense && local) {
            throw org.layerzoo.core.ZooException.unsupported(
                    "seqboat-sma: the dense form sees all tokens, given a window");
        }
        Rows rows = unit.project(a.pack(m), a.ticks(), a.valid());
        Tensor read = local ? unit.local(rows) : unit.global(rows, divisor(a, m));
        return a.unpack(unit.finish(read, rows.gate()));
    }

    /** Keys that a row counts: causally the row's own rank. */
    private Tensor divisor(ActiveTokens a, Tensor m) {
        return c.reach().causal()
                ? Ops.iota(m.dtype(), a.size()).add(1).unsqueeze(0)
                : a.count().cast(m.dtype()).unsqueeze(1);
    }

    @Override
    public List<Site> sites() {
        return c.routed() ? List.of(new Site(CONFIDENCE, "B T 1")) : List.of();
    }

    /** The layer for a configuration that has no stream. */
    Layer withoutStream() {
        return this::forward;
    }

    @Override
    public State open(Opening o) {
        int w = c.reach().window();
        DType wide = Wide.of(o.dtype());
        return new State(o.batch())
                .with("ema", new Slot.Fixed(Tensor.zeros(wide, o.batch(), c.dim(), c.averages())))
                .with("k", new Slot.Fixed(Tensor.zeros(o.dtype(), o.batch(), w, c.queries())))
                .with("v", new Slot.Fixed(Tensor.zeros(o.dtype(), o.batch(), w, c.values())))
                .with("ticks", new Slot.Fixed(Tensor.full(DType.I64, -1, o.batch(), w)));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        DampedEma.Run e = ema.scan(
                c.prenorm() ? norm.apply(x) : x, Optional.of(s.fixed("ema").get()));
        s.fixed("ema").set(e.state());
        Tensor m = Ops.silu(e.y());
        Routed r = route(m, call);
        ActiveTokens a = ActiveTokens.of(r.active());
        Tensor ticks = a.ticks().add(Tensor.of(new long[] {s.position()}, 1));
        Rows now = unit.project(a.pack(m), ticks, a.valid());
        Tensor past = s.fixed("ticks").get();
        Tensor none = Ops.zerosLike(s.fixed("k").get());
        Rows all = new Rows(
                Ops.concat(1, none, now.q()),
                Ops.concat(1, s.fixed("k").get(), now.k()),
                Ops.concat(1, s.fixed("v").get(), now.v()),
                now.gate(),
                Ops.concat(1, past, ticks),
                Ops.concat(1, past.ge(Ops.zerosLike(past)), now.valid()));
        int w = c.reach().window();
        Tensor read = unit.local(all).slice(1, w, w + a.size());
        keep(s, all, a.count());
        s.advance(x.dim(1));
        Tensor h = a.unpack(unit.finish(read, now.gate()));
        return Tensors.of("y", finish(r, h, x, call));
    }

    /** The last w rows that count: those at count .. count + w - 1 of past and present. */
    private void keep(State s, Rows all, Tensor count) {
        int w = c.reach().window();
        Tensor at = count.unsqueeze(1).add(Ops.iota(DType.I64, w));
        for (var e : List.of(
                java.util.Map.entry("k", all.k()),
                java.util.Map.entry("v", all.v()),
                java.util.Map.entry("ticks", all.ticks().unsqueeze(-1)))) {
            Tensor t = e.getValue();
            Tensor last = Ops.gather(t, 1, at.unsqueeze(-1).expand(t.dim(0), w, t.dim(2)));
            s.fixed(e.getKey()).set(e.getKey().equals("ticks") ? last.squeeze(-1) : last);
        }
    }
}
