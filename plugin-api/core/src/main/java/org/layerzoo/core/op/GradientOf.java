package org.layerzoo.core.op;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * The gradient of a fused op as an op of its own. Inputs: the op's inputs, then its outputs, then the cotangents of the
 * outputs listed in {@code given}. Results: the gradients of the inputs listed in {@code wanted}. Its meaning is to
 * record the op's decomposition anew and walk back, so nothing inside is stored between forward and backward; a backend
 * that has a kernel for it uses the outputs (a log-sum-exp, a norm) instead.
 */
public record GradientOf(FusedOp op, int inputs, int outputs, List<Integer> given, List<Integer> wanted)
        implements FusedOp {
    public GradientOf {
        given = List.copyOf(given);
        wanted = List.copyOf(wanted);
    }

    /** Adds the gradients of {@code op} by running this op once. */
    static void add(FusedOp op, Backprop b) {
        List<Integer> given =
                IntStream.range(0, b.outputs()).filter(b::hasGrad).boxed().toList();
        List<Integer> wanted =
                IntStream.range(0, b.inputs()).filter(b::needs).boxed().toList();
        if (given.isEmpty() || wanted.isEmpty()) {
            return;
        }
        List<Tensor> in = new ArrayList<>();
        IntStream.range(0, b.inputs()).mapToObj(b::in).forEach(in::add);
        IntStream.range(0, b.outputs()).mapToObj(b::out).forEach(in::add);
        given.forEach(i -> in.add(b.grad(i)));
        List<Tensor> grads =
                Ops.all(new GradientOf(op, b.inputs(), b.outputs(), given, wanted), in.toArray(Tensor[]::new));
        for (int i = 0; i < wanted.size(); i++) {
            Tensor g = grads.get(i);
            b.add(wanted.get(i), () -> g);
        }
    }

    @Override
    public String name() {
        return op.name() + "_gradient";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        if (in.size() != inputs + outputs + given.size()) {
            throw ZooException.badArgument(name() + ": " + inputs + " inputs, " + outputs + " outputs and "
                    + given.size() + " cotangents expected, given " + in.size() + " tensors");
        }
        return wanted.stream().map(in::get).toList();
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        List<Tensor> args = new ArrayList<>(in.subList(0, inputs));
        // Fresh handles: one tensor may be given twice and each place has its own gradient.
        List<Tensor> handles = new ArrayList<>();
        for (int w : wanted) {
            Tensor handle = Ops.one(new Primitive.Reshape(in.get(w).shape()), in.get(w));
            args.set(w, handle);
            handles.add(handle);
        }
        Tape tape = new Tape().watch(handles);
        List<Tensor> out = tape.record(() -> op.decompose(List.copyOf(args)));
        return tape.gradient(given.stream().map(out::get).toList(), in.subList(inputs + outputs, in.size()), handles);
    }

    @Override
    public long flops(List<TensorSpec> in) {
        List<TensorSpec> forward = in.subList(0, inputs);
        return op instanceof WholeGradient w ? w.gradientFlops(forward) : 2 * op.flops(forward);
    }
}
