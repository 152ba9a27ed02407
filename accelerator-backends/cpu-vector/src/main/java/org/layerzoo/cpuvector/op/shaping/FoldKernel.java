package org.layerzoo.cpuvector.op.shaping;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Workers;

/** Windows summed back into an axis, a plain loop over one line [length, inner] at a time. */
final class FoldKernel {
    private FoldKernel() {}

    static Tensor run(Primitive.Fold f, Tensor x) {
        Shape s = x.shape();
        int size = s.dim(-1);
        int windows = s.dim(f.axis());
        int outer = Math.toIntExact(s.product(0, f.axis()));
        int inner = Math.toIntExact(s.product(f.axis() + 1, s.rank() - 1));
        Tensor out = Tensor.allocate(new TensorSpec(x.dtype(), s.without(-1).with(f.axis(), f.length())));
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        Workers.run(outer, x.size(), o -> {
            double[] line = new double[f.length() * inner];
            float[] window = new float[inner * size];
            for (int w = 0; w < windows; w++) {
                Floats.load(from, ((long) o * windows + w) * window.length, window, 0, window.length);
                add(window, line, w * f.step(), f.dilation(), inner, size);
            }
            float[] y = new float[line.length];
            Arrays.setAll(line, i -> y[i] = (float) line[i]);
            Floats.store(y, 0, to, (long) o * line.length, line.length);
        });
        return out;
    }

    private static void add(float[] window, double[] line, int first, int dilation, int inner, int size) {
        for (int i = 0; i < inner; i++) {
            for (int e = 0; e < size; e++) {
                line[(first + e * dilation) * inner + i] += window[i * size + e];
            }
        }
    }
}
