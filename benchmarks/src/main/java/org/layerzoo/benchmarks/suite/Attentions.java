package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Tensor;

/** Softmax attention of 8 heads of 64 against {@code scaled_dot_product_attention}. */
final class Attentions {
    private static final double BACKWARD = 0.9;

    private Attentions() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int t : new int[] {1024, 4096}) {
            for (boolean causal : new boolean[] {false, true}) {
                String id = "attention-" + t + (causal ? "-causal" : "");
                String work = "attention, T " + t + ", 8 heads of 64" + (causal ? ", causal" : "");
                Row forward = Row.forward(
                        id,
                        work,
                        1,
                        () -> qkv(t),
                        x -> List.of(
                                causal
                                        ? Fused.attendCausal(x.get(0), x.get(1), x.get(2))
                                        : Fused.attend(x.get(0), x.get(1), x.get(2))),
                        "y = torch.scaled_dot_product_attention(x[0], x[1], x[2], None, 0., "
                                + (causal ? "True" : "False") + ")");
                rows.add(forward);
                rows.add(forward.backward(
                        id + "-backward", work + ", forward and gradients", BACKWARD, () -> qkvg(t), 3));
            }
        }
        return rows;
    }

    private static List<Tensor> qkv(int t) {
        return List.of(normal("q", 1, 8, t, 64), normal("k", 1, 8, t, 64), normal("v", 1, 8, t, 64));
    }

    private static List<Tensor> qkvg(int t) {
        List<Tensor> in = new ArrayList<>(qkv(t));
        in.add(normal("g", 1, 8, t, 64));
        return in;
    }
}
