package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.Tensors;

/** What golden functions of layers share. */
public final class Golden {
    private Golden() {}

    /**
     * A layer of the given configuration whose parameters are the given tensors, so that gradients reach them.
     *
     * @param params by our names; all must be there
     */
    public static <C extends Record> Model model(LayerProvider<C> provider, C config, GoldenCase c, Tensors params) {
        Model m = Models.build("", provider, config, Models.Options.of(0).with(c.dtype()));
        m.params().load(params, true);
        return m;
    }
}
