package org.layerzoo.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.layerzoo.benchmarks.libtorch.Gradients;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * One line of the table: the same computation by our ops and as a TorchScript program.
 *
 * @param id short name by which it is chosen
 * @param work what it is, for people
 * @param target least ratio of LibTorch's time over ours that is aimed at
 * @param inputs makes the tensors of both sides, F32 or what the row is about
 * @param ours the computation in our ops
 * @param torch statements that read x[0], x[1], ... and assign the result to {@code y}
 * @param gradients 0: forward alone; n: forward and the gradients to the first n inputs, with the last input as cotangent of y
 */
public record Row(
        String id,
        String work,
        double target,
        Supplier<List<Tensor>> inputs,
        UnaryOperator<List<Tensor>> ours,
        String torch,
        int gradients) {
    static Row forward(
            String id,
            String work,
            double target,
            Supplier<List<Tensor>> inputs,
            UnaryOperator<List<Tensor>> ours,
            String torch) {
        return new Row(id, work, target, inputs, ours, torch, 0);
    }

    /** The same computation, differentiated. */
    Row backward(String otherId, String otherWork, double otherTarget, Supplier<List<Tensor>> withCotangent, int n) {
        return new Row(otherId, otherWork, otherTarget, withCotangent, ours, torch, n);
    }

    /** No row may buy speed with accuracy: F32 sums of a few thousand terms stay well below, BF16 is rounded once. */
    double bound(List<Tensor> in) {
        return in.getFirst().dtype() == DType.BF16 ? 4e-3 : 2e-5;
    }

    /** Runs our side: y, or with gradients y and the gradients; nothing waits to be computed. */
    public List<Tensor> run(List<Tensor> in, OpInterpreter on) {
        List<Tensor> out = gradients == 0 ? Exec.with(on, () -> ours.apply(in)) : differentiated(in, on);
        out.forEach(Tensor::ready);
        return out;
    }

    private List<Tensor> differentiated(List<Tensor> in, OpInterpreter on) {
        List<Tensor> wrt = in.subList(0, gradients);
        Tape tape = new Tape(on).watch(wrt);
        List<Tensor> y = tape.record(() -> ours.apply(in));
        List<Tensor> out = new ArrayList<>(y);
        out.addAll(tape.gradient(y, List.of(in.getLast()), wrt));
        return out;
    }

    /** The whole program of LibTorch's side. */
    public String program() {
        if (gradients == 0) {
            return torch.strip() + "\nreturn [y]";
        }
        return torch.strip() + "\n" + Gradients.of("y", gradients, "");
    }
}
