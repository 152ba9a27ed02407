package org.layerzoo.plugins.ltp;

import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;

/** Post-norm encoder layer with the names of the field's checkpoints: h = LN(x + MSA(x)), y = LN(h + FFN(h)). */
record EncoderBlock(
        int heads,
        Linear query,
        Linear key,
        Linear value,
        Linear dense,
        Norm norm1,
        Linear fc1,
        Linear fc2,
        Norm norm2) {

    /** The layer's output and what its attention gave. */
    record Run(Tensor y, Attended attended) {}

    static EncoderBlock of(Params p, LtpConfig c) {
        Params self = p.at("attention.self");
        int d = c.dim();
        return new EncoderBlock(
                c.heads(),
                Linear.truncated(self, "query", d, d, true),
                Linear.truncated(self, "key", d, d, true),
                Linear.truncated(self, "value", d, d, true),
                Linear.truncated(p, "attention.output.dense", d, d, true),
                Norm.Layer.of(p, "attention.output.LayerNorm", d, c.eps()),
                Linear.truncated(p, "intermediate.dense", d, c.hidden(), true),
                Linear.truncated(p, "output.dense", c.hidden(), d, true),
                Norm.Layer.of(p, "output.LayerNorm", d, c.eps()));
    }

    /** @param sees who sees whom and what the attention shall give */
    Run run(Tensor x, UnaryOperator<Attention> sees) {
        Tensor k = Heads.split(key.apply(x), heads);
        Tensor v = Heads.split(value.apply(x), heads);
        Attended a = sees.apply(Fused.attend(Heads.split(query.apply(x), heads)).keys(k, v))
                .run();
        Tensor h = norm1.apply(x.add(dense.apply(Heads.merge(a.o()))));
        return new Run(norm2.apply(h.add(fc2.apply(fc1.apply(h, Activation.GELU)))), a);
    }
}
