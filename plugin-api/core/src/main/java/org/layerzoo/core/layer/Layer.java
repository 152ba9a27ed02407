package org.layerzoo.core.layer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensors;

/** A mechanism with its parameters. Immutable but for the parameters' values. */
@Stable(since = "0.1")
public interface Layer {
    /** Named tensors in, named tensors out, as the provider's signature says. */
    Tensors forward(Tensors in, Call call);

    /** Layers inside, by the dotted path under which their parameters live; recipes and probes walk and replace them. */
    default SequencedMap<String, Layer> children() {
        return new LinkedHashMap<>();
    }

    /** This layer with the child at {@code path} replaced. */
    default Layer with(String path, Layer replacement) {
        throw org.layerzoo.core.ZooException.unsupported(getClass().getSimpleName() + " has no replaceable child at '"
                + path + "': it has " + children().keySet());
    }

    /** Places inside whose values taps may read or replace; stable names. */
    default List<Site> sites() {
        return List.of();
    }

    /** The form to deploy: norms folded, branches merged; same signature, same numbers within rounding. */
    default Layer deployed() {
        return this;
    }
}
