package org.layerzoo.nn.ssm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;

/**
 * A state space model as a layer, x [B, T, D] -> y [B, T, D]. Algorithms: RECURRENT is the scan, CHUNKED scans of so many tokens one
 * after another, PARALLEL the convolution, AUTO what the model trains by.
 *
 * @param name in messages
 * @param model at the present parameter values
 * @param convolves whether AUTO is the convolution
 */
public record SsmLayer(String name, Supplier<StateSpace> model, boolean convolves) implements Streaming {
    private static final String SLOT = "h";

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, name);
        Tensor x = in.get("x");
        StateSpace m = model.get();
        Tensor y =
                switch (call.algorithm()) {
                    case Call.Algorithm.Auto a -> convolves ? m.convolve(x) : scan(m, x);
                    case Call.Algorithm.Recurrent r -> scan(m, x);
                    case Call.Algorithm.Parallel p -> m.convolve(x);
                    case Call.Algorithm.Chunked c -> chunks(m, x, c.chunk());
                    case Call.Algorithm.Dense d ->
                        throw ZooException.unsupported(name + " runs as a scan (recurrent), scans of chunks or a"
                                + " convolution (parallel), given " + d);
                };
        return Tensors.of("y", y);
    }

    private static Tensor scan(StateSpace m, Tensor x) {
        return m.scan(x, m.start(x.dim(0), x.dtype())).y();
    }

    private static Tensor chunks(StateSpace m, Tensor x, int size) {
        Tensor h = m.start(x.dim(0), x.dtype());
        List<Tensor> y = new ArrayList<>();
        for (int from = 0; from < x.dim(1); from += size) {
            StateSpace.Run r = m.scan(x.slice(1, from, Math.min(x.dim(1), from + size)), h);
            h = r.state();
            y.add(r.y());
        }
        return Ops.concat(1, y);
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with(SLOT, new Slot.Fixed(model.get().start(o.batch(), o.dtype())));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Sequences.wholeRows(call, name);
        Tensor x = in.get("x");
        StateSpace.Run r = model.get().scan(x, s.fixed(SLOT).get());
        s.fixed(SLOT).set(r.state());
        s.advance(x.dim(1));
        return Tensors.of("y", r.y());
    }
}
