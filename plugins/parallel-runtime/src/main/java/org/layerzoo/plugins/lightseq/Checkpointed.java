package org.layerzoo.plugins.lightseq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/**
 * A layer y = post(x, attention(project(x))) that keeps less for its backward pass (LightSeq, section 3.3): its input only, so
 * that everything runs twice, or its input and the attention's (o, L), so that all but the attention runs twice.
 */
public final class Checkpointed {
    /** The layer's two halves around the attention; parameters are handed in, so that gradients reach them. */
    public interface Halves {
        /** q, k, v of an input. */
        List<Tensor> project(Tensor x, List<Tensor> parameters);

        /** The rest of the layer on the attention's output. */
        Tensor finish(Tensor x, Tensor o, List<Tensor> parameters);
    }

    private final LightSeqConfig.Boundary boundary;
    private final DistAttention attention;
    private final Halves halves;

    public Checkpointed(LightSeqConfig.Boundary boundary, DistAttention attention, Halves halves) {
        this.boundary = boundary;
        this.attention = attention;
        this.halves = halves;
    }

    public Tensor apply(Tensor x, List<Tensor> parameters) {
        if (boundary == LightSeqConfig.Boundary.NONE) {
            return layer(x, parameters, Optional.empty(), new AtomicReference<>());
        }
        AtomicReference<DistAttention.Result> kept = new AtomicReference<>();
        List<Tensor> in = new ArrayList<>(List.of(x));
        in.addAll(parameters);
        return Ops.custom(
                        "checkpoint",
                        in,
                        t -> List.of(layer(t.getFirst(), t.subList(1, t.size()), Optional.empty(), kept)),
                        b -> {
                            List<Tensor> again = new ArrayList<>();
                            for (int i = 0; i < b.inputs(); i++) {
                                again.add(b.in(i).view(b.in(i).shape()));
                            }
                            Optional<DistAttention.Result> stored = boundary == LightSeqConfig.Boundary.ATTENTION_OUTPUT
                                    ? Optional.of(kept.get())
                                    : Optional.empty();
                            Tape tape = new Tape().watch(again);
                            Tensor y = tape.record(() -> layer(
                                    again.getFirst(), again.subList(1, again.size()), stored, new AtomicReference<>()));
                            List<Tensor> g = tape.gradient(List.of(y), List.of(b.grad(0)), again);
                            for (int i = 0; i < again.size(); i++) {
                                Tensor gi = g.get(i);
                                b.add(i, () -> gi);
                            }
                        })
                .getFirst();
    }

    private Tensor layer(
            Tensor x,
            List<Tensor> parameters,
            Optional<DistAttention.Result> stored,
            AtomicReference<DistAttention.Result> kept) {
        List<Tensor> qkv = halves.project(x, parameters);
        Tensor o;
        if (stored.isPresent()) {
            o = attention.replay(qkv.get(0), qkv.get(1), qkv.get(2), stored.get());
        } else {
            DistAttention.Result r = attention.apply(qkv.get(0), qkv.get(1), qkv.get(2));
            kept.set(r);
            o = r.o();
        }
        return halves.finish(x, o, parameters);
    }
}
