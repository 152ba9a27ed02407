package org.layerzoo.cpuvector.op.dense;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** d gate = dy up f'(gate) and d up = dy f(gate) in one pass. */
public final class GluGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Activation a = ((Glu) op.op()).activation();
        Tensor dGate = Tensor.allocate(in.get(0).spec());
        Tensor dUp = Tensor.allocate(in.get(1).spec());
        MemorySegment gates = in.get(0).segment();
        MemorySegment ups = in.get(1).segment();
        MemorySegment cotangent = in.getLast().segment();
        Optional<UnaryLoops.Loop> function = Activations.of(a);
        Optional<Slopes.Loop> slope = Slopes.ofArgument(a);
        Workers.pieces(dGate.size(), Blocks.PIECE, 6, (from, end) -> {
            try (Loan loan = Loan.open()) {
                float[] gate = loan.floats(Blocks.BLOCK);
                float[] up = loan.floats(Blocks.BLOCK);
                float[] dy = loan.floats(Blocks.BLOCK);
                for (long at = from; at < end; at += Blocks.BLOCK) {
                    int n = (int) Math.min(Blocks.BLOCK, end - at);
                    Floats.load(gates, at, gate, 0, n);
                    Floats.load(ups, at, up, 0, n);
                    Floats.load(cotangent, at, dy, 0, n);
                    RowLoops.multiply(dy, up, n);
                    slope.ifPresent(f -> f.apply(gate, up, n));
                    Floats.store(up, 0, dGate.segment(), at, n);
                    function.ifPresent(f -> f.apply(gate, n));
                    RowLoops.multiply(dy, gate, n);
                    Floats.store(gate, 0, dUp.segment(), at, n);
                }
            }
        });
        List<Tensor> grads = List.of(dGate, dUp);
        return op.wanted().stream().map(grads::get).toList();
    }
}
