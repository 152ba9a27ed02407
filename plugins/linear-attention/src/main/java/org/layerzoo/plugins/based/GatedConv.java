package org.layerzoo.plugins.based;

import java.util.List;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/** The gated short convolution of the remaining layers: y = W_out(conv(x W_u + b) * (x W_v + b)), the convolution depthwise and causal. */
record GatedConv(Linear u, Linear v, DepthwiseConv conv, Linear out) implements LinearMixer {
    static GatedConv of(int dim, int width, Params p) {
        return new GatedConv(
                Linear.of(p, "proj_u", dim, dim, true),
                Linear.of(p, "proj_v", dim, dim, true),
                DepthwiseConv.of(p, "conv", dim, width, false, Activation.NONE),
                Linear.of(p, "out_proj", dim, dim, true));
    }

    @Override
    public String layer() {
        return "based";
    }

    @Override
    public List<Memory> memory() {
        return List.of();
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return List.of(conv);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        return out.apply(p.conv(conv, u.apply(x)).mul(v.apply(x)));
    }
}
