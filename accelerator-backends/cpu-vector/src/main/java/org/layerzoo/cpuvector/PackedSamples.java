package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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

    private List<Tensor> part(List<Tensor> in, int sample, int from, int to) {
        List<Tensor> part = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Tensor x = in.get(i);
            if (i == state) {
                part.add(x.rows(sample, sample + 1));
            } else if (tokens.get(i)) {
                Tensor t = Tensor.allocate(new TensorSpec(x.dtype(), x.shape().with(axis, to - from)));
                copy(x, from, t, 0, to - from);
                part.add(t);
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
