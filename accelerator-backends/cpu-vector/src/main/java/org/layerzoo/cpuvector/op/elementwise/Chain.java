package org.layerzoo.cpuvector.op.elementwise;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Deferred;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;

/**
 * Pointwise ops that wait to be read, so that those behind them can join: y = f(g(x), h(x, z)) reads x and z once and writes y
 * once, block by block in the first-level cache. The same loops run in the same order as one op at a time, so the result has the
 * same bits.
 *
 * <p>A waiting result joins the first op that takes it; a second, unrelated one has it computed first, so that nothing is
 * computed more than twice.
 */
public final class Chain implements Deferred {
    /** Below this many elements waiting costs more than a pass. */
    public static final long SHORTEST = 2L * Blocks.BLOCK;
    /** Values of a chain, inputs included: what still fits near caches. */
    private static final int MOST_VALUES = 16;

    private static final int MOST_INPUTS = 6;

    private final ChainValue result;
    private final TensorSpec spec;
    /** Every value behind those it needs. */
    private final SequencedSet<ChainValue> order;

    private boolean joined;

    private Chain(ChainValue result, TensorSpec spec) {
        this.result = result;
        this.spec = spec;
        this.order = result.inOrder();
    }

    /** A result that waits, or empty where it is better computed now. */
    public static <O extends Op> Optional<Tensor> of(Pointwise<O> kernel, O op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        TensorSpec out = op.infer(specs).getFirst();
        if (out.shape().size() < SHORTEST) {
            return Optional.empty();
        }
        ChainValue.Compute f = new ChainValue.Compute(kernel.step(op, specs), kernel.cost(op, specs), out.dtype());
        Chain c = new Chain(ChainValue.of(f, joined(in, out)), out);
        if (c.order.size() > MOST_VALUES || c.reads().size() > MOST_INPUTS) {
            // What comes before is computed first.
            List<ChainValue> computed =
                    in.stream().map(t -> ChainValue.of(t.ready(), out)).toList();
            c = new Chain(ChainValue.of(f, computed), out);
        }
        return Optional.of(Tensor.deferred(out, c));
    }

    /** The arguments as values: those of chains that can be joined, the others as inputs. */
    private static List<ChainValue> joined(List<Tensor> in, TensorSpec out) {
        List<Optional<Chain>> waiting = in.stream().map(t -> waiting(t, out)).toList();
        List<ChainValue> values = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Optional<Chain> own = waiting.get(i);
            boolean shared = own.isPresent()
                    && waiting.stream()
                            .flatMap(Optional::stream)
                            .anyMatch(c -> c != own.get() && c.order.contains(own.get().result));
            if (own.isPresent() && (shared || !own.get().joined || values.contains(own.get().result))) {
                own.get().joined = true;
                values.add(own.get().result);
            } else {
                values.add(ChainValue.of(in.get(i).ready(), out));
            }
        }
        return values;
    }

    /** The chain that a tensor of as many elements waits for. */
    private static Optional<Chain> waiting(Tensor t, TensorSpec out) {
        return t.size() != out.shape().size()
                ? Optional.empty()
                : t.deferred().filter(Chain.class::isInstance).map(Chain.class::cast);
    }

    @Override
    public List<Tensor> reads() {
        return order.stream().flatMap(v -> v.input().stream()).toList();
    }

    @Override
    public void compute(MemorySegment out) {
        new ChainPass(new ArrayList<>(order), spec, out).run();
    }
}
