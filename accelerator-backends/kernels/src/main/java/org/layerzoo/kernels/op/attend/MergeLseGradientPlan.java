package org.layerzoo.kernels.op.attend;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Gradients of joined attentions, a launch a part, which reads itself, o and do and writes its gradient. */
public final class MergeLseGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().size() == 0 ? Optional.of("empty inputs") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        int step = ((MergeLse) op.op()).weighted() ? 3 : 2;
        Tensor[] grads = new Tensor[op.inputs()];
        for (int at = 0; at < op.inputs(); at += step) {
            int first = at;
            if (op.wanted().stream().anyMatch(w -> w >= first && w < first + step)) {
                part(op, in, at, step, grads, gpu);
            }
        }
        return op.wanted().stream().map(w -> grads[w]).toList();
    }

    private static void part(GradientOf op, List<Tensor> in, int at, int step, Tensor[] grads, Gpu gpu) {
        Tensor o = in.get(op.inputs());
        Tensor lse = in.get(op.inputs() + 1);
        for (int i = at; i < at + step; i++) {
            grads[i] = gpu.empty(in.get(i).spec());
        }
        Lines l = Lines.rows(lse.size(), o.dim(-1));
        int last = at + step - 1;
        gpu.launch(
                Sources.of("merge_lse_gradient", o.dtype(), "merge_lse_gradient"),
                l.grid(),
                Args.of(in.get(at), in.get(at + 1), in.get(last), o, lse)
                        .tensor(cotangent(op, in, 0, o))
                        .tensor(cotangent(op, in, 1, lse))
                        .tensor(grads[at])
                        .tensor(grads[at + 1])
                        .tensor(grads[last])
                        .ints(l.packed())
                        .i32(step == 3)
                        .i32(op.given().contains(0))
                        .i32(op.given().contains(1)));
    }

    private static Tensor cotangent(GradientOf op, List<Tensor> in, int output, Tensor otherwise) {
        int at = op.given().indexOf(output);
        return at < 0 ? otherwise : in.get(op.inputs() + op.outputs() + at);
    }
}
