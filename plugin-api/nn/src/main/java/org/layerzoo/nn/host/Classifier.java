package org.layerzoo.nn.host;

import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Mlp;

/**
 * An {@link Encoder} with a head W2 relu(W1 f + b1) + b2 on features f. Of one sequence: f = its vector, tokens I64
 * [B, T]. Of a pair, tokens I64 [B, 2, T] with lengths [B, 2]: f = [x1, x2, x1 * x2, x1 - x2], both encoded by the
 * same weights and neither seeing the other (Long Range Arena, section 2.2.3). Output y [B, classes].
 */
public final class Classifier implements Layer {
    private final Features features;
    private final Layer encoder;
    private final Mlp head;

    /** What the head sees. */
    enum Features {
        ONE,
        PAIR
    }

    private Classifier(Features features, Layer encoder, Mlp head) {
        this.features = features;
        this.encoder = encoder;
        this.head = head;
    }

    static Classifier of(EncoderConfig c, Features features, Build b) {
        int width = features == Features.ONE ? c.dim() : 4 * c.dim();
        Mlp head = new Mlp.Plain(
                Linear.of(b.params(), "head.fc1", width, c.headHidden(), true),
                Linear.of(b.params(), "head.fc2", c.headHidden(), c.classes(), true),
                Activation.RELU);
        return new Classifier(features, Encoder.of(c, b), head);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return Tensors.of("y", head.apply(features == Features.ONE ? encode(in, call) : pair(in, call)));
    }

    private Tensor encode(Tensors in, Call call) {
        return encoder.forward(in, call).get("y");
    }

    private Tensor pair(Tensors in, Call call) {
        Tensor ids = in.get("tokens");
        Tensors flat = Tensors.of("tokens", ids.reshape(2 * ids.dim(0), ids.dim(2)));
        if (in.has("lengths")) {
            flat = flat.with("lengths", in.get("lengths").reshape(2 * ids.dim(0)));
        }
        Tensor x = encode(flat, call).reshape(ids.dim(0), 2, -1);
        Tensor x1 = x.select(1, 0);
        Tensor x2 = x.select(1, 1);
        return Ops.concat(-1, x1, x2, x1.mul(x2), x1.sub(x2));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return encoder.children();
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return new Classifier(features, encoder.with(path, replacement), head);
    }

    @Override
    public List<Site> sites() {
        return encoder.sites();
    }
}
