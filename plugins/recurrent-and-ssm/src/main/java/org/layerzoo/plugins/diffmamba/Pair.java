package org.layerzoo.plugins.diffmamba;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.ssm.Mamba2;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Form;

/** The two mixers of a layer, with parameters {@code m1} and {@code m2}. */
sealed interface Pair {
    /** Both outputs. */
    List<Tensor> outputs(Tensor x, Pass p);

    State open(Opening o);

    List<? extends LinearMixer> mixers();

    default SequencedMap<String, Layer> children() {
        SequencedMap<String, Layer> m = new LinkedHashMap<>();
        m.put("m1", mixers().getFirst());
        m.put("m2", mixers().getLast());
        return m;
    }

    /** One convolution and one scan over the heads of both. */
    record Grouped(List<Mamba2> mixers) implements Pair {
        @Override
        public List<Tensor> outputs(Tensor x, Pass p) {
            return Mamba2.together(mixers, x, p);
        }

        @Override
        public State open(Opening o) {
            return Mamba2.open(o, mixers);
        }
    }

    /** One after the other. */
    record Apart(List<SelectiveMixer> mixers) implements Pair {
        @Override
        public List<Tensor> outputs(Tensor x, Pass p) {
            Tensors in = Tensors.of("x", x);
            return List.of(
                    mixers.getFirst().mix(in, p.under("m1")), mixers.getLast().mix(in, p.under("m2")));
        }

        @Override
        public State open(Opening o) {
            return new State(o.batch())
                    .with("m1", mixers.getFirst().open(o))
                    .with("m2", mixers.getLast().open(o));
        }
    }

    static Pair of(DiffMambaConfig c, Params p, int depth) {
        return switch (c.form()) {
            case Form.Mamba2 m ->
                new Grouped(List.of(new Mamba2(p.at("m1"), mamba2(c, m)), new Mamba2(p.at("m2"), mamba2(c, m))));
            case Form.Mamba1 m -> {
                SelectiveMixer.Sizes s = sizes(c, c.rank(m.rank()), depth);
                yield new Apart(List.of(SelectiveMixer.mamba(p.at("m1"), s), SelectiveMixer.mamba(p.at("m2"), s)));
            }
            case Form.Scans s -> throw new IllegalStateException("two scans are one mixer");
        };
    }

    static Mamba2.Sizes mamba2(DiffMambaConfig c, Form.Mamba2 m) {
        return mamba2(c, m, c.inner());
    }

    /** One mixer with about the parameters of both. */
    static Mamba2.Sizes alone(DiffMambaConfig c, Form.Mamba2 m) {
        return mamba2(c, m, 2 * c.inner());
    }

    private static Mamba2.Sizes mamba2(DiffMambaConfig c, Form.Mamba2 m, int inner) {
        return new Mamba2.Sizes(
                "diff-mamba",
                c.dim(),
                inner,
                m.headDim(),
                c.states(),
                m.groups(),
                c.convWidth(),
                c.convBias(),
                c.bias());
    }

    static SelectiveMixer.Sizes sizes(DiffMambaConfig c, int rank, int depth) {
        return new SelectiveMixer.Sizes(
                "diff-mamba", c.dim(), c.inner(), c.states(), rank, c.convWidth(), c.convBias(), c.bias(), depth);
    }
}
