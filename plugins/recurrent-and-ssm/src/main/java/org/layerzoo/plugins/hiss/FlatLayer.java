package org.layerzoo.plugins.hiss;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/** The baseline of the hierarchy: one stack at the sensor's rate whose every k-th output counts, x [B, L, D_in] -> y [B, L/k, D_out]. */
final class FlatLayer implements Layer {
    private final FlatConfig c;
    private final Linear embed;
    private final Levels stack;
    private final Linear output;

    FlatLayer(FlatConfig c, Params p) {
        this.c = c;
        embed = Linear.of(p, "embed", c.inputs(), c.stack().dim(), true);
        stack = Levels.of(p.at("stack"), c.stack(), c.dropout());
        output = Linear.of(p, "output", c.stack().dim(), c.outputs(), true);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "hiss/flat");
        Tensor h =
                stack.forward(Tensors.of("x", embed.apply(in.get("x"))), call).get("y");
        return Tensors.of("y", output.apply(h.slice(1, c.ratio() - 1, h.dim(1), c.ratio())));
    }
}
