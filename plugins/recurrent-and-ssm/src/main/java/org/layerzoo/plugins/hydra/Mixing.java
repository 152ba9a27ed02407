package org.layerzoo.plugins.hydra;

import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.tensor.Tensor;

/** What stands between the convolution and the norm: tokens mixed by a matrix a head. */
interface Mixing {
    /** What a token brings beside x. */
    int convolved();

    /** What it brings past the convolution. */
    int direct();

    /** Whether maps are activated, as x always is. */
    boolean activated();

    /**
     * y [B, T, E].
     *
     * @param x [B, T, E]
     * @param maps behind the convolution [B, T, convolved]
     * @param rest [B, T, direct]
     * @param lengths of padded rows
     */
    Tensor mix(Tensor x, Tensor maps, Tensor rest, Optional<Tensor> lengths, Optional<Algorithm> form);

    static Mixing of(HydraConfig c, Params p) {
        return switch (c.matrix()) {
            case HydraConfig.Matrix.Quasiseparable q ->
                new Quasiseparable(c, q.groups(), q.shared(), Optional.empty(), p);
            case HydraConfig.Matrix.Scans s -> new Quasiseparable(c, s.groups(), false, Optional.of(s.join()), p);
            case HydraConfig.Matrix.Sibling s -> new Sibling(c, s, p);
        };
    }
}
