package org.layerzoo.nn.host;

import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Linear;

/**
 * A mixer on heads, q, k, v -> o, between standard projections: x [B, T, D] -> y [B, T, D]. Axis orders come from the
 * mixer's ports (B H T d or B T H d), head sizes from its provider. Parameters q_proj, k_proj, v_proj, o_proj (no
 * biases), and the mixer's own under {@code core}.
 */
public final class ProjectedMixer implements Streaming {
    private static final String CORE = "core";

    /** One of q, k, v, o: its port's name, how many heads of which size, and where the token axis is. */
    private record Side(String port, int heads, int size, boolean headsFirst) {
        Tensor split(Tensor x) {
            Tensor t = x.reshape(x.dim(0), x.dim(1), heads, size);
            return headsFirst ? t.permute(0, 2, 1, 3) : t;
        }

        Tensor merge(Tensor x) {
            Tensor t = headsFirst ? x.permute(0, 2, 1, 3) : x;
            return t.reshape(t.dim(0), t.dim(1), heads * size);
        }
    }

    private final List<Side> in;
    private final Side out;
    private final List<Linear> projections;
    private final Linear output;
    private final Layer core;

    private ProjectedMixer(List<Side> in, Side out, List<Linear> projections, Linear output, Layer core) {
        this.in = in;
        this.out = out;
        this.projections = projections;
        this.output = output;
        this.core = core;
    }

    /** @param dim model width D */
    public <C extends Record> ProjectedMixer(Choice<C> c, Build b, int dim) {
        Signature s = c.signature();
        this.in = List.of("q", "k", "v").stream()
                .map(n -> side(c, s.input(n).orElseThrow()))
                .toList();
        this.out = side(c, s.tokenOutput().orElseThrow());
        this.projections = in.stream()
                .map(i -> Linear.of(b.params(), i.port() + "_proj", dim, i.heads() * i.size(), false))
                .toList();
        this.output = Linear.of(b.params(), "o_proj", out.heads() * out.size(), dim, false);
        this.core = c.build(b.at(CORE));
    }

    private static <C extends Record> Side side(Choice<C> c, Port p) {
        String[] axes = p.axisNames();
        if (axes.length != 4 || p.tokenAxis() < 1 || p.tokenAxis() > 2) {
            throw ZooException.unsupported("'" + c.ref().id() + "': port " + p.name() + " has axes '" + p.axes()
                    + "', expected B H T d or B T H d");
        }
        int heads = c.provider().axisSize(c.config(), axes[3 - p.tokenAxis()]);
        return new Side(p.name(), heads, c.provider().axisSize(c.config(), axes[3]), p.tokenAxis() == 2);
    }

    private Tensors project(Tensor x) {
        Tensors t = Tensors.empty();
        for (int i = 0; i < in.size(); i++) {
            t = t.with(in.get(i).port(), in.get(i).split(projections.get(i).apply(x)));
        }
        return t;
    }

    @Override
    public Tensors forward(Tensors given, Call call) {
        Tensor o = core.forward(project(given.get("x")), call).get(out.port());
        return Tensors.of("y", output.apply(out.merge(o)));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with(CORE, streaming().open(o));
    }

    @Override
    public Tensors advance(Tensors given, State s, Call call) {
        Tensor o = streaming()
                .advance(project(given.get("x")), s.under(CORE), call)
                .get(out.port());
        s.advance(given.get("x").dim(1));
        return Tensors.of("y", output.apply(out.merge(o)));
    }

    private Streaming streaming() {
        if (core instanceof Streaming s) {
            return s;
        }
        throw ZooException.unsupported("the mixer " + core.getClass().getSimpleName() + " does not stream");
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(CORE, core);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return path.equals(CORE)
                ? new ProjectedMixer(in, out, projections, output, replacement)
                : LayerTree.replace(this, path, replacement);
    }

    @Override
    public List<Site> sites() {
        return core.sites();
    }
}
