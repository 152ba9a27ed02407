package org.layerzoo.plugins.hiss;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Dropout;
import org.layerzoo.nn.LstmLayer;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.nn.ssm.S4Layer;
import org.layerzoo.nn.ssm.SelectiveMixer;

/** A stack of causal layers with norms and residuals, x [B, T, d] -> y [B, T, d]. */
record Levels(List<Layer> layers, boolean prenorm, Optional<Norm> last, double dropout) implements Streaming {
    /** @param slot of its state @param mixer tokens x -> y */
    record Layer(String slot, Norm norm, Streaming mixer) {}

    static Levels of(Params p, Stack s, double dropout) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < s.layers(); i++) {
            add(layers, p, s, i);
        }
        Optional<Norm> last =
                s instanceof Stack.S4 ? Optional.empty() : Optional.of(Norm.Layer.of(p, "norm_f", s.dim(), 1e-5));
        return new Levels(layers, !(s instanceof Stack.S4 m) || m.prenorm(), last, dropout);
    }

    private static void add(List<Layer> out, Params p, Stack s, int i) {
        String at = (s instanceof Stack.S4 ? "s4_layers." : "layers.") + i;
        String norm = s instanceof Stack.S4 ? "norms." + i : at + ".norm";
        Params in = p.at(at);
        Streaming mixer =
                switch (s) {
                    case Stack.S4 c -> new S4Layer(in, c.dim(), c.states() / 2);
                    case Stack.Mamba c ->
                        SelectiveMixer.mamba(
                                in.at("mixer"),
                                new SelectiveMixer.Sizes(
                                        "hiss",
                                        c.dim(),
                                        2 * c.dim(),
                                        c.states(),
                                        (c.dim() + 15) / 16,
                                        4,
                                        true,
                                        false,
                                        c.layers()));
                    case Stack.Lstm c -> LstmLayer.of(in, c.dim(), c.dim(), Init.linear());
                    case Stack.Attention c ->
                        new SelfAttention(
                                in,
                                new SelfAttention.Options(
                                        c.dim(), c.heads(), c.heads(), true, true, Optional.of(Rope.halves(10000))));
                };
        out.add(new Layer("layers." + i, Norm.Layer.of(p, norm, s.dim(), 1e-5), mixer));
        if (s instanceof Stack.Attention) {
            Mlp mlp = Mlp.Plain.of(in.at("mlp"), s.dim(), 4 * s.dim(), Activation.GELU);
            out.add(new Layer("mlp." + i, Norm.Layer.of(in, "norm2", s.dim(), 1e-5), new Stateless(mlp)));
        }
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return through(in, call, (l, x) -> l.mixer().forward(x, call.under(l.slot())));
    }

    private Tensors through(Tensors in, Call call, BiFunction<Layer, Tensors, Tensors> run) {
        Tensor x = in.get("x");
        for (Layer l : layers) {
            Tensor z = run.apply(l, Tensors.of("x", prenorm ? l.norm().apply(x) : x))
                    .get("y");
            x = x.add(new Dropout(l.slot(), dropout).apply(z, call));
            x = prenorm ? x : l.norm().apply(x);
        }
        Tensor y = x;
        return Tensors.of("y", last.map(n -> n.apply(y)).orElse(y));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        layers.forEach(l -> s.with(l.slot(), l.mixer().open(o)));
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensors y = through(in, call, (l, x) -> l.mixer().advance(x, s.under(l.slot()), call.under(l.slot())));
        s.advance(in.get("x").dim(1));
        return y;
    }

    /** A channel mixer among layers that stream. */
    private record Stateless(Mlp mlp) implements Streaming {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return Tensors.of("y", mlp.apply(in.get("x")));
        }

        @Override
        public State open(Opening o) {
            return new State(o.batch());
        }

        @Override
        public Tensors advance(Tensors in, State s, Call call) {
            return forward(in, call);
        }
    }
}
