package org.layerzoo.core.op.source;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Distribution;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Case table of constants and draws. They have no inputs, hence no gradients. */
public final class SourceCases {
    private static final String NONE = "no inputs to differentiate";

    private SourceCases() {}

    public static List<OpCase> all() {
        List<OpCase> out = new ArrayList<>();
        for (DType t : DType.values()) {
            for (int[] s : new int[][] {{}, {1}, {63}, {64}, {65}, {3, 0}, {5, 7, 11}}) {
                TensorSpec spec = TensorSpec.of(t, s);
                out.add(new OpCase("fill " + spec, new Primitive.Fill(1, spec), List.of(), 0, false, NONE));
            }
            if (t != DType.BOOL) {
                for (int n : new int[] {0, 1, 7, 64, 65, 1000}) {
                    out.add(new OpCase(
                            "iota " + t + " " + n, new Primitive.Iota(t, n, -3, 2), List.of(), 0, false, NONE));
                }
            }
            if (t.isFloating()) {
                draws(out, t);
            }
        }
        return List.copyOf(out);
    }

    private static void draws(List<OpCase> out, DType t) {
        for (int n : new int[] {0, 1, 2, 3, 4, 5, 63, 64, 65, 1000}) {
            TensorSpec spec = TensorSpec.of(t, n);
            out.add(new OpCase(
                    "uniform " + spec,
                    new Primitive.Draw(Distribution.UNIFORM, 0x0123456789ABCDEFL, 42, spec),
                    List.of(),
                    0,
                    false,
                    "equal bits on every backend"));
            out.add(new OpCase(
                    "normal " + spec,
                    new Primitive.Draw(Distribution.NORMAL, -7, 1L << 40, spec),
                    List.of(),
                    t == DType.BF16 ? 8e-3 : t == DType.F16 ? 1e-3 : t == DType.F32 ? 3e-7 : 1e-15,
                    false,
                    "4 ulp: logarithm, root and cosine of other libraries"));
        }
    }
}
