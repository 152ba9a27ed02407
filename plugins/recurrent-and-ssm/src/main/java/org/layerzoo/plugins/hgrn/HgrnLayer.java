package org.layerzoo.plugins.hgrn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.linear.Elementwise;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/**
 * Hierarchically gated recurrence (section 3), x [B, T, D] -> y [B, T, D]:
 *
 * <pre>
 * lambda_t = gamma + (1 - gamma) sigmoid(x_t W_f);  h_t = lambda_t e^{i theta} h_{t-1} + (1 - lambda_t) SiLU(x_t W_c)
 * </pre>
 *
 * y a gated norm of h, projected; real states have theta = 0. Looking both ways h is the sum of both directions. FLOPs
 * O(B T D E), state B E or 2 B D. Equals fla/layers/hgrn.py (real) and hgru/hgru1d.py (complex).
 */
final class HgrnLayer implements LinearMixer {
    private static final String STATE = "h";
    private static final String FORGET = "forget";
    private static final String BOUND = "lower_bound";

    private final HgrnConfig c;
    private final GatedState state;
    private final Optional<LowerBound> bound;

    HgrnLayer(HgrnConfig c, Params p, Optional<LowerBound> bound) {
        this.c = c;
        this.bound = bound;
        state = GatedState.of(c, p);
    }

    @Override
    public String layer() {
        return "hgrn";
    }

    private boolean complex() {
        return c.form() instanceof HgrnConfig.Form.Complex;
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, complex() ? List.of(c.dim(), 2) : List.of(c.channels())));
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return state instanceof RealState r ? r.convolutions() : List.of();
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Optional<Tensor> gamma = in.find(BOUND).or(() -> bound.map(LowerBound::value));
        GatedState.Drive gated = state.drive(x, gamma, p::conv);
        GatedState.Drive d = new GatedState.Drive(p.call().taps().at(FORGET, gated.a()), gated.b());
        Tensor h = c.causal() ? forward(d, p) : bothWays(d, Algorithms.of(p.call(), layer()));
        return state.out(p.call().taps().at(STATE, Wide.down(h, x)), x);
    }

    private Tensor forward(GatedState.Drive d, Pass p) {
        return complex() ? p.complexScan(STATE, d.a(), d.b()) : p.scan(STATE, d.a(), d.b());
    }

    private Tensor bothWays(GatedState.Drive d, Optional<Algorithm> form) {
        Tensor zero = Ops.fill(0, d.b().spec().withShape(d.b().shape().without(1)));
        return way(d, zero, form, false).add(way(d, zero, form, true));
    }

    private Tensor way(GatedState.Drive d, Tensor h0, Optional<Algorithm> form, boolean reverse) {
        return complex()
                ? Elementwise.complex(d.a(), d.b(), h0, form, reverse)
                : Elementwise.real(d.a(), d.b(), h0, form, reverse);
    }

    @Override
    public List<Site> sites() {
        String axes = complex() ? "B T D 2" : "B T E";
        return List.of(new Site(FORGET, axes), new Site(STATE, axes));
    }
}
