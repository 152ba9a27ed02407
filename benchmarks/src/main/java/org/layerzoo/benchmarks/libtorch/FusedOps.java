package org.layerzoo.benchmarks.libtorch;

import static org.layerzoo.benchmarks.libtorch.Primitives.call;
import static org.layerzoo.benchmarks.libtorch.Translation.missing;
import static org.layerzoo.benchmarks.libtorch.Translation.number;

import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Fused ops that LibTorch has as one operator, and recurrences, whose plain PyTorch form is a loop over tokens. All others come as
 * their decomposition.
 */
final class FusedOps {
    private FusedOps() {}

    static boolean takes(Op op, List<TensorSpec> in) {
        return switch (op) {
            case LinearMap m -> true;
            case Glu g -> true;
            case LayerNorm n -> n.weight() == n.bias() && n.root() == Root.INSIDE;
            case Softmax s -> !s.masked();
            case Attend a -> isScaledDotProduct(a, in);
            case ShortConv c -> !c.initial() && c.longest() == 0;
            case SelectiveScan s ->
                !s.initial()
                        && !s.reverse()
                        && s.longest() == 0
                        && s.discretisation() == SelectiveScan.Discretisation.EULER
                        && in.get(3).shape().dim(2) == 1;
            case Recur r ->
                !r.initial()
                        && !r.reverse()
                        && r.longest() == 0
                        && r.diagonal() == Diagonal.INCLUSIVE
                        && in.getFirst().shape().dim(1) == in.get(2).shape().dim(1);
            default -> false;
        };
    }

    private static boolean isScaledDotProduct(Attend a, List<TensorSpec> in) {
        Section s = a.sections().getFirst();
        boolean square = in.get(0).shape().dim(2) == in.get(1).shape().dim(2);
        boolean visible = s.visible().isEmpty()
                || s.visible().equals(List.of(Section.Visible.Window.causal()))
                        && square
                        && s.at() != Section.Coordinates.POSITIONS;
        return a.sections().size() == 1
                && s.layout() instanceof Section.Layout.Dense
                && visible
                && s.bias().isEmpty()
                && s.post().isEmpty()
                && a.softcap() == 0
                && a.norm() instanceof Normaliser.Softmax
                && a.dropout() instanceof Dropout.None
                && a.wants().equals(Wants.nothing())
                && a.heads() instanceof HeadMap.Grouped
                && in.get(0).shape().dim(1) == in.get(1).shape().dim(1);
    }

    /** @param all whether results behind the first are read @return statements that assign the first result to {@code out} */
    static String statements(Op op, List<String> in, List<TensorSpec> specs, String out, boolean all) {
        if (all) {
            throw missing("the further results of " + op.name());
        }
        return switch (op) {
            case LinearMap m ->
                out + " = "
                        + activated(
                                m.activation(), call("linear", in.get(0), in.get(1), m.bias() ? in.get(2) : "None"));
            case Glu g -> out + " = " + call("mul", activated(g.activation(), in.get(0)), in.get(1));
            case LayerNorm n -> out + " = " + layerNorm(n, in, specs);
            case Softmax s -> out + " = " + call(s.log() ? "log_softmax" : "softmax", in.getFirst(), "" + s.axis());
            case Attend a ->
                out + " = "
                        + call(
                                "scaled_dot_product_attention",
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                "None",
                                "0.",
                                a.sections().getFirst().visible().isEmpty() ? "False" : "True",
                                "scale=" + number(a.scale()));
            case ShortConv c -> shortConv(c, in, specs, out);
            case SelectiveScan s -> Loops.selectiveScan(s, in, specs, out);
            case Recur r -> Loops.recurrence(r, in, specs, out);
            default -> throw missing(op.name());
        };
    }

    private static String layerNorm(LayerNorm n, List<String> in, List<TensorSpec> specs) {
        int rank = specs.getFirst().shape().rank();
        int[] dims = specs.getFirst().shape().sub(rank - n.axes(), rank).dims();
        return call(
                "layer_norm",
                in.getFirst(),
                Translation.list(dims),
                n.weight() ? in.get(1) : "None",
                n.bias() ? in.get(2) : "None",
                number(n.eps()));
    }

    private static String shortConv(ShortConv c, List<String> in, List<TensorSpec> specs, String out) {
        int channels = specs.get(1).shape().dim(0);
        int width = specs.get(1).shape().dim(1);
        int t = specs.getFirst().shape().dim(1);
        String y = "torch.conv1d(torch.transpose(%s, 1, 2), torch.unsqueeze(%s, 1), %s, [1], [%d], [1], %d)"
                .formatted(in.get(0), in.get(1), c.bias() ? in.get(2) : "None", width - 1, channels);
        String causal = "torch.slice(%s, 2, 0, %d)".formatted(y, t);
        return out + " = " + call("transpose", activated(c.activation(), causal), "1", "2");
    }

    private static String activated(Activation a, String x) {
        return switch (a) {
            case NONE -> x;
            case GELU_TANH -> "torch.gelu(" + x + ", approximate=\"tanh\")";
            case RELU, GELU, SILU, SIGMOID, TANH -> call(a.name().toLowerCase(java.util.Locale.ROOT), x);
        };
    }

    /** For the loops: whether a gate multiplies the state. */
    static boolean decays(Gate g) {
        return !(g instanceof Gate.None) && !(g instanceof Gate.Delta d && !d.decays());
    }
}
