package org.layerzoo.core.sketch;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** cd-t: every value is a pair (relevant, irrelevant); one rule an op, with LayerNorm seen as a whole; sources are set by taps. */
final class CdT {
    private CdT() {}

    static Tensor relevance(Model m, Tensors in, String source) {
        Pairs pairs = new Pairs(Exec.current());
        Map<String, UnaryOperator<Tensor>> mark = Map.of(source, pairs::allRelevant);
        return pairs.relevant(Exec.with(pairs, () -> m.forward(in, Call.eval().with(Taps.replacing(mark))))
                .single());
    }

    private static final class Pairs implements OpInterpreter {
        private final OpInterpreter inner;
        private final Map<Tensor, Tensor> relevant = new IdentityHashMap<>();

        Pairs(OpInterpreter inner) {
            this.inner = inner;
        }

        Tensor allRelevant(Tensor t) {
            Tensor marked = t.view(t.shape());
            relevant.put(marked, t);
            return marked;
        }

        Tensor relevant(Tensor t) {
            return relevant.getOrDefault(t, Tensor.zeros(t.spec()));
        }

        @Override
        public List<Tensor> apply(Op op, List<Tensor> in) {
            List<Tensor> out = inner.apply(op, in);
            if (in.stream().noneMatch(relevant::containsKey)) {
                return out;
            }
            List<Tensor> parts = new ArrayList<>();
            switch (op) {
                // Statistics of the whole, numerator of the part: a normalisation stays linear in its part.
                case LayerNorm n -> parts.add(relevant(in.getFirst()));
                // Linear ops: the part goes through alone.
                case Primitive.MatMul mm ->
                    parts.addAll(inner.apply(
                            op,
                            in.stream().map(t -> relevant.getOrDefault(t, t)).toList()));
                default ->
                    parts.addAll(inner.apply(
                            op,
                            in.stream().map(t -> relevant.getOrDefault(t, t)).toList()));
            }
            for (int i = 0; i < parts.size(); i++) {
                relevant.put(out.get(i), parts.get(i));
            }
            return out;
        }
    }
}
