package org.layerzoo.plugins.memmamba;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.memmamba.MemMambaConfig.GateInput;

/**
 * Mamba layers with a bounded pool of summaries each, x [B, T, D] -> y [B, T, D], residuals included. Who is in a pool when, and both reads, are known before a layer's scan runs.
 */
final class MemMambaStack implements LinearMixer {
    private final MemMambaConfig c;
    private final List<MemMambaLayer> layers = new ArrayList<>();

    MemMambaStack(Params p, MemMambaConfig c) {
        this.c = c;
        for (int i = 0; i < c.layers(); i++) {
            layers.add(new MemMambaLayer(p.at(path(i)), c, i));
        }
    }

    private static String path(int i) {
        return "layers." + i;
    }

    /** What layer i adds, [B, T, D]. */
    static String site(int i) {
        return path(i) + ".z";
    }

    @Override
    public String layer() {
        return "memmamba";
    }

    /** The layers open their own. */
    @Override
    public List<Memory> memory() {
        return List.of();
    }

    /** Gates that see the state need one. */
    @Override
    public Tensors forward(Tensors in, Call call) {
        if (c.gateInput() == GateInput.INPUT) {
            return LinearMixer.super.forward(in, call);
        }
        Sequences.wholeRows(call, layer());
        Tensor x = in.get("x");
        return advance(in, open(Opening.of(x.dim(0)).with(x.dtype())), call);
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        for (int i = 0; i < layers.size(); i++) {
            s.with(path(i), layers.get(i).open(o));
        }
        return s;
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        if (c.gateInput() == GateInput.INPUT) {
            return piece(x, p);
        }
        List<Tensor> y = new ArrayList<>();
        for (int t = 0; t < x.dim(1); t++) {
            y.add(piece(x.slice(1, t, t + 1), p));
        }
        return Ops.concat(1, y);
    }

    private Tensor piece(Tensor x, Pass p) {
        Tensor h = x;
        List<Pool> pools = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            MemMambaLayer.Out out = layers.get(i).mix(h, pools.subList(i - c.behind(i), i), p.under(path(i)));
            pools.add(out.pool());
            h = h.add(p.call().taps().at(site(i), out.z()));
        }
        return h;
    }

    @Override
    public List<Site> sites() {
        List<Site> sites = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            sites.add(new Site(site(i), "B T D"));
        }
        return sites;
    }
}
