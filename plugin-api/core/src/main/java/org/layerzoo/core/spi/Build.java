package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.DType;

/** Everything a layer is built with that is not the paper's option. */
@Stable(since = "0.1")
public interface Build {
    /** Index of this layer in its stack, from 0. */
    int layer();

    /** Number of layers in the stack. */
    int depth();

    DType dtype();

    /** Where this layer declares its parameters and buffers. */
    Params params();

    /** Parameters shared by every layer that names the same scope; declared by whoever comes first. */
    Params shared(String scope);

    /** Named draws for initial values that no {@link org.layerzoo.core.layer.Init} describes. */
    Draws draws();

    /** What a reference names, for a host that sizes it before it builds it. */
    Choice<?> choose(LayerRef ref);

    /** Another plugin's layer in an open slot as the reference configures it, its parameters under {@code name}. */
    default Layer child(String name, LayerRef ref) {
        return choose(ref).build(at(name));
    }

    /** A layer given in code, its parameters under {@code name}. */
    <C extends Record> Layer child(String name, LayerProvider<C> provider, C config);

    /** This build for parameters under {@code prefix}. */
    Build at(String prefix);

    /** This build for another place in the stack. */
    Build at(int layer, int depth);
}
