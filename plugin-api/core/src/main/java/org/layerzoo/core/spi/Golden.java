package org.layerzoo.core.spi;

import java.util.Optional;
import org.layerzoo.core.tensor.Tensors;

/** What golden functions of layers share. */
public final class Golden {
    private static final ScopedValue<Boolean> IMPORTING = ScopedValue.newInstance();

    private Golden() {}

    /** Carries the model of an import out of the golden function that built it. */
    private static final class Built extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Model model;

        Built(Model model) {
            super("the model of an import", null, false, false);
            this.model = model;
        }
    }

    /**
     * A layer of the given configuration whose parameters are the given tensors, so that gradients reach them.
     *
     * @param params by our names; all must be there
     */
    public static <C extends Record> Model model(LayerProvider<C> provider, C config, GoldenCase c, Tensors params) {
        Model m = Models.build("", provider, config, Models.Options.of(0).with(c.dtype()));
        m.params().load(params, true);
        if (IMPORTING.isBound()) {
            throw new Built(m);
        }
        return m;
    }

    /**
     * The model that a golden function makes of a case's official configuration and parameters: the map from the authors' names to ours,
     * without the computation. Of the inputs a function looks at sizes at most.
     *
     * @return empty where the function builds no model by {@link #model}, such as one of a bare op
     */
    public static Optional<Model> imported(GoldenFunction function, GoldenCase c) {
        try {
            ScopedValue.where(IMPORTING, true).run(() -> function.run(c));
            return Optional.empty();
        } catch (Built built) {
            return Optional.of(built.model);
        }
    }
}
