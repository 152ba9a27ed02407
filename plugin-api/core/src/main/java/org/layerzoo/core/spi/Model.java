package org.layerzoo.core.spi;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.tensor.Tensors;

/** A built layer with its parameters, signature and origin. */
public record Model(String id, Layer layer, ParamTree params, Signature signature, Record config) {
    public Tensors forward(Tensors in, Call call) {
        return layer.forward(in, call);
    }

    public Model with(Layer other) {
        return new Model(id, other, params, signature, config);
    }
}
