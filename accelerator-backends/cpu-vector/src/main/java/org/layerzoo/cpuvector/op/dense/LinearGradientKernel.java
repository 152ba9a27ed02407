package org.layerzoo.cpuvector.op.dense;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.MatMulKernel;
import org.layerzoo.cpuvector.op.reduction.ReduceKernel;

/**
 * Gradients of an activated linear map: g = dy f'(z), dx = g W, dW = g^T x, db = the sum of g. The argument z is computed anew unless
 * the result tells the derivative.
 */
public final class LinearGradientKernel implements Kernel<GradientOf> {
    private static final MatMulKernel PRODUCT = new MatMulKernel();
    private static final ReduceKernel SUM = new ReduceKernel();
    private static final LinearMapKernel FORWARD = new LinearMapKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        boolean empty = in.stream().anyMatch(s -> s.shape().size() == 0);
        return empty ? Optional.of("nothing to multiply") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        return TensorScope.use(() -> {
            LinearMap map = (LinearMap) op.op();
            Tensor x = rows(in.getFirst());
            Tensor w = in.get(1);
            Tensor g = rows(slope(map, in));
            List<Tensor> grads = new ArrayList<>();
            for (int wanted : op.wanted()) {
                grads.add(
                        switch (wanted) {
                            case 0 -> product(false, g, w).view(in.getFirst().shape());
                            case 1 -> product(true, g, x);
                            default -> sum(g);
                        });
            }
            return List.copyOf(grads);
        });
    }

    private static Tensor rows(Tensor t) {
        int n = t.dim(-1);
        return t.view(Shape.of(Math.toIntExact(t.size() / n), n));
    }

    private static Tensor product(boolean transposed, Tensor a, Tensor b) {
        return PRODUCT.run(new Primitive.MatMul(transposed, false), List.of(a, b))
                .getFirst();
    }

    private static Tensor sum(Tensor g) {
        return SUM.run(new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {0}, false), List.of(g))
                .getFirst();
    }

    /** dy f'(z). */
    private static Tensor slope(LinearMap map, List<Tensor> in) {
        Activation a = map.activation();
        Tensor dy = in.getLast();
        Optional<Slopes.Loop> known = Slopes.ofResult(a);
        Optional<Slopes.Loop> loop = known.or(() -> Slopes.ofArgument(a));
        if (loop.isEmpty()) {
            return dy;
        }
        int inputs = map.bias() ? 3 : 2;
        Tensor z = known.isPresent()
                ? in.get(inputs)
                : FORWARD.run(new LinearMap(map.bias(), Activation.NONE), in.subList(0, inputs))
                        .getFirst();
        Tensor g = Tensor.allocate(dy.spec());
        MemorySegment zs = z.segment();
        MemorySegment gs = dy.segment();
        Workers.pieces(g.size(), Blocks.PIECE, 4, (from, end) -> {
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(Blocks.BLOCK);
                float[] y = loan.floats(Blocks.BLOCK);
                for (long at = from; at < end; at += Blocks.BLOCK) {
                    int n = (int) Math.min(Blocks.BLOCK, end - at);
                    Floats.load(zs, at, v, 0, n);
                    Floats.load(gs, at, y, 0, n);
                    loop.get().apply(v, y, n);
                    Floats.store(y, 0, g.segment(), at, n);
                }
            }
        });
        return g;
    }
}
