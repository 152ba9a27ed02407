package org.layerzoo.plugins.spectformer;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;

/**
 * Spectral gating (section 3.1), x [B, a b, C] -> y [B, a b, C]: y = irfft2(W * rfft2(x)) over the grid, both transforms
 * orthonormal, W complex [a, b/2+1, C]: a global circular convolution of each channel. FLOPs O(B C N log N). At least F32.
 * Equals SpectralGatingNetwork of the authors' spectformer.py.
 */
public final class SpectralGating implements Layer {
    private static final String SPECTRUM = "spectrum";

    private final int h;
    private final int w;
    private final Param weight;

    public SpectralGating(Params p, int dim, int h, int w) {
        this.h = h;
        this.w = w;
        this.weight = p.weight("complex_weight", Shape.of(h, w / 2 + 1, dim, 2), Init.normal(0.02));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "spectformer");
        Tensor x = in.get("x");
        fits(x, call);
        int batch = x.dim(0);
        int dim = x.dim(2);
        Tensor map = Wide.up(x).permute(0, 2, 1).reshape(batch, dim, h, w);
        Tensor gate = Wide.up(weight.value()).permute(2, 0, 1, 3);
        Tensor gated = Complex.cmul(Spatial.rfft2(map, Spatial.Norm.ORTHO), gate); // [B, C, a, b/2+1, 2]
        Tensor y = Spatial.irfft2(call.taps().at(SPECTRUM, gated), Spatial.Norm.ORTHO, h, w);
        return Tensors.of("y", Wide.down(y.reshape(batch, dim, h * w).permute(0, 2, 1), x));
    }

    private void fits(Tensor x, Call call) {
        Optional<Seqs.Grid> other = call.seqs().grid().filter(g -> g.t() != 1 || g.h() != h || g.w() != w);
        if (x.dim(1) != h * w || other.isPresent()) {
            throw ZooException.badShape("spectformer: filters for a grid of " + h + " x " + w + ", given tokens "
                    + x.shape() + other.map(g -> " on " + g).orElse(""));
        }
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(SPECTRUM, "B C a f 2"));
    }
}
