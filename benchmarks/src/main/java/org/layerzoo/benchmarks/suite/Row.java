package org.layerzoo.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
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
    private static final OpInterpreter BACKEND = Dispatcher.of("cpu-vector", false);

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

    /** Runs our side: y, or with gradients y and the gradients; nothing waits to be computed. */
    public List<Tensor> run(List<Tensor> in) {
        List<Tensor> out = gradients == 0 ? Exec.with(BACKEND, () -> ours.apply(in)) : differentiated(in);
        out.forEach(Tensor::ready);
        return out;
    }

    private List<Tensor> differentiated(List<Tensor> in) {
        List<Tensor> wrt = in.subList(0, gradients);
        Tape tape = new Tape(BACKEND).watch(wrt);
        List<Tensor> y = tape.record(() -> ours.apply(in));
        List<Tensor> out = new ArrayList<>(y);
        out.addAll(tape.gradient(y, List.of(in.getLast()), wrt));
        return out;
    }

    /** The whole program of LibTorch's side. */
    public String program() {
        if (gradients == 0) {
            return torch + "\nreturn [y]";
        }
        StringBuilder s = new StringBuilder(torch).append("\ngs = torch.grad([y], [");
        StringBuilder results = new StringBuilder("torch.detach(y)");
        StringBuilder unwrapped = new StringBuilder();
        for (int i = 0; i < gradients; i++) {
            s.append(i == 0 ? "" : ", ").append("x[").append(i).append(']');
            unwrapped.append(
                    "g%1$d = gs[%1$d]\nif torch.__isnot__(g%1$d, None):\n  h%1$d = unchecked_cast(Tensor, g%1$d)\nelse:\n  h%1$d = y\n"
                            .formatted(i));
            results.append(", h").append(i);
        }
        s.append("], annotate(List[Optional[Tensor]], [x[-1]]), None, False, True)\n");
        return s.append(unwrapped)
                .append("return [")
                .append(results)
                .append(']')
                .toString();
    }
}
