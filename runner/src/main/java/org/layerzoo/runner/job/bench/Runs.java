package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What one run of a pass does. */
final class Runs {
    private Runs() {}

    static Tensors forward(Workload w, Tensors in, OpInterpreter on) {
        return Exec.with(on, () -> w.run(in).ready());
    }

    private static List<String> floating(Tensors in) {
        return in.names().stream().filter(n -> in.get(n).dtype().isFloating()).toList();
    }

    /** What gradients go to: floating inputs, then parameters. */
    static List<Tensor> differentiable(Workload w, Tensors in) {
        List<Tensor> wrt = new ArrayList<>(floating(in).stream().map(in::get).toList());
        wrt.addAll(w.weights());
        return wrt;
    }

    /** Outputs and the gradients of their sum to inputs (names "grad.x") and parameters. */
    static Tensors backward(Workload w, Tensors given, OpInterpreter on) {
        Tensors in = given.map(t -> t.view(t.shape()));
        List<String> floating = floating(in);
        List<Tensor> wrt = differentiable(w, in);
        Tape tape = new Tape(on).watch(wrt);
        Tensors out = tape.record(() -> w.run(in));
        List<Tensor> outs = out.asMap().values().stream()
                .filter(t -> t.dtype().isFloating())
                .toList();
        List<Tensor> ones =
                outs.stream().map(t -> Tensor.ones(t.dtype(), t.shape().dims())).toList();
        List<Tensor> grads = tape.gradient(outs, ones, wrt);
        Tensors all = out;
        for (int i = 0; i < floating.size(); i++) {
            all = all.with("grad." + floating.get(i), grads.get(i));
        }
        grads.forEach(Tensor::ready);
        return all.ready();
    }

    /** A stream that has seen all tokens but the last. */
    record Decoding(Streaming layer, State state, Tensors token, OpInterpreter on) {
        static Decoding after(Workload w, int length, int batch, DType dtype, OpInterpreter on) {
            Streaming layer = w.streaming()
                    .orElseThrow(
                            () -> ZooException.unsupported("there is no streaming form to decode with at this unit"));
            Tensors all = w.inputs(length + 1);
            State state = layer.open(Opening.of(batch).with(dtype));
            Tensors before = cut(w, all, 0, length);
            Exec.with(on, () -> layer.advance(before, state, Call.eval()));
            return new Decoding(layer, state, cut(w, all, length, length + 1), on);
        }

        private static Tensors cut(Workload w, Tensors in, int from, int to) {
            Tensors out = Tensors.empty();
            for (String name : in.names()) {
                int axis = w.signature().input(name).map(Port::tokenAxis).orElse(-1);
                out = out.with(name, axis < 0 ? in.get(name) : in.get(name).slice(axis, from, to));
            }
            return out;
        }

        /** One token on a fork, so that every run starts from the same state. */
        Tensors step() {
            return Exec.with(
                    on, () -> layer.advance(token, state.fork(), Call.eval()).ready());
        }
    }
}
