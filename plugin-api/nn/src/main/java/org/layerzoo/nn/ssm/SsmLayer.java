package org.layerzoo.nn.ssm;

import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;

/**
 * A state space model as a layer, x [B, T, D] -> y [B, T, D]. Algorithms: RECURRENT is the scan, PARALLEL the convolution,
 * AUTO what the model trains by.
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
        boolean convolution =
                switch (call.algorithm()) {
                    case Call.Algorithm.Auto a -> convolves;
                    case Call.Algorithm.Recurrent r -> false;
                    case Call.Algorithm.Parallel p -> true;
                    case Call.Algorithm.Chunked c -> throw refuse(c);
                    case Call.Algorithm.Dense d -> throw refuse(d);
                };
        return Tensors.of(
                "y",
                convolution
                        ? m.convolve(x)
                        : m.scan(x, m.start(x.dim(0), x.dtype())).y());
    }

    private ZooException refuse(Call.Algorithm given) {
        return ZooException.unsupported(
                name + " runs as a scan (recurrent) or a convolution (parallel), given " + given);
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
