package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Runs an op on samples laid end to end, one sample after another: time follows the sum of their lengths, not the
 * longest one.
 *
 * @param axis of the tokens in {@code tokens} and in the first result
 * @param tokens whether input i has tokens
 * @param state which input is a state per sample, -1 for none
 */
public record PackedSamples(int axis, List<Boolean> tokens, int state) {
    /**
     * Fills y (tokens) and last (a row a sample).
     *
     * @param in all inputs but the bounds
     */
    public void run(List<Tensor> in, long[] bounds, Tensor y, Tensor last, Function<List<Tensor>, List<Tensor>> dense) {
        for (int s = 0; s + 1 < bounds.length; s++) {
            int from = (int) bounds[s];
            int to = (int) bounds[s + 1];
            int sample = s;
            TensorScope.run(() -> {
                if (from == to) {
                    keepState(in, sample, last);
                    return;
                }
                List<Tensor> out = dense.apply(part(in, sample, from, to));
                copy(out.getFirst(), 0, y, from, to - from);
                long row = out.getLast().segment().byteSize();
                MemorySegment.copy(out.getLast().segment(), 0, last.segment(), sample * row, row);
            });
        }
    }

    /** Gradients of a sample's inputs, from those inputs and the cotangents of its results. */
    @FunctionalInterface
    public interface Dense {
        List<Tensor> gradients(List<Tensor> in, Optional<Tensor> y, Optional<Tensor> last);
    }

    /**
     * Fills the gradients of all inputs but the bounds: those of tokens where the tokens are, those of states a row a sample, others summed
     * over the samples in their order.
     *
     * @param in all inputs but the bounds
     * @param y cotangent of the tokens, {@code last} of the states, where they are given
     */
    public void gradients(
            List<Tensor> in,
            long[] bounds,
            Optional<Tensor> y,
            Optional<Tensor> last,
            List<Tensor> grads,
            Dense dense) {
        for (int i = 0; i < in.size(); i++) {
            grads.get(i).segment().fill((byte) 0);
        }
        for (int s = 0; s + 1 < bounds.length; s++) {
            int from = (int) bounds[s];
            int to = (int) bounds[s + 1];
            int sample = s;
            TensorScope.run(() -> {
                Optional<Tensor> end = last.map(t -> t.rows(sample, sample + 1));
                if (from < to) {
                    Optional<Tensor> out = y.map(t -> tokens(t, from, to));
                    join(dense.gradients(part(in, sample, from, to), out, end), grads, sample, from, to);
                } else if (state >= 0) {
                    end.ifPresent(t -> put(t, grads.get(state), sample));
                }
            });
        }
    }

    private void join(List<Tensor> part, List<Tensor> grads, int sample, int from, int to) {
        for (int i = 0; i < part.size(); i++) {
            Tensor sum = grads.get(i);
            if (i == state) {
                put(part.get(i), sum, sample);
            } else if (tokens.get(i)) {
                copy(part.get(i), 0, sum, from, to - from);
            } else {
                for (long at = 0; at < sum.size(); at++) {
                    float x = Floats.get(part.get(i).segment(), at) + Floats.get(sum.segment(), at);
                    Floats.set(sum.segment(), at, x);
                }
            }
        }
    }

    private static void put(Tensor row, Tensor rows, int sample) {
        long bytes = row.segment().byteSize();
        MemorySegment.copy(row.segment(), 0, rows.segment(), sample * bytes, bytes);
    }

    private Tensor tokens(Tensor x, int from, int to) {
        Tensor t = Tensor.allocate(new TensorSpec(x.dtype(), x.shape().with(axis, to - from)));
        copy(x, from, t, 0, to - from);
        return t;
    }

    private List<Tensor> part(List<Tensor> in, int sample, int from, int to) {
        List<Tensor> part = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Tensor x = in.get(i);
            if (i == state) {
                part.add(x.rows(sample, sample + 1));
            } else if (tokens.get(i)) {
                part.add(tokens(x, from, to));
            } else {
                part.add(x);
            }
        }
        return part;
    }

    /** A sample without tokens ends as it began. */
    private void keepState(List<Tensor> in, int sample, Tensor last) {
        long row = last.segment().byteSize() / last.dim(0);
        if (state < 0) {
            last.segment().asSlice(sample * row, row).fill((byte) 0);
        } else {
            MemorySegment.copy(in.get(state).segment(), sample * row, last.segment(), sample * row, row);
        }
    }

    /** n tokens from one place along the axis to another. */
    private void copy(Tensor src, int at, Tensor dst, int to, int n) {
        Shape s = src.shape();
        long[] from = s.strides();
        long[] into = dst.shape().strides();
        Strided.copy(
                src.segment(),
                at * from[axis],
                from,
                dst.segment(),
                to * into[axis],
                into,
                s.with(axis, n).dims(),
                src.dtype().bytes());
    }
}
