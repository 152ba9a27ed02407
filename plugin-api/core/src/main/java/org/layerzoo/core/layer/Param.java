package org.layerzoo.core.layer;

import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** A trainable tensor under a stable dotted name. Layers read {@link #value()} at each forward; optimisers and importers set it. */
public final class Param {
    private final String path;
    private final TensorSpec spec;
    private final Set<Attr> attributes;
    private volatile Tensor value;
    private volatile boolean trainable;

    Param(String path, Tensor value, Set<Attr> attributes) {
        this.path = path;
        this.spec = value.spec();
        this.value = value.keep();
        this.attributes = Set.copyOf(attributes);
        this.trainable = !attributes.contains(new Attr.Frozen());
    }

    public String path() {
        return path;
    }

    public TensorSpec spec() {
        return spec;
    }

    public Tensor value() {
        return value;
    }

    /** @throws ZooException if the shape differs */
    public void set(Tensor t) {
        if (!t.shape().equals(spec.shape())) {
            throw ZooException.badShape(
                    "parameter " + path + ": shape " + spec.shape() + " expected, given " + t.shape());
        }
        value = t.keep();
    }

    public Set<Attr> attributes() {
        return attributes;
    }

    public boolean trainable() {
        return trainable;
    }

    public void trainable(boolean on) {
        trainable = on;
    }

    @Override
    public String toString() {
        return path + " " + spec;
    }

    /** What optimisers must know of a parameter. */
    public sealed interface Attr {
        record NoDecay() implements Attr {}

        record LrMax(double value) implements Attr {}

        record LrScale(double value) implements Attr {}

        /** Projected to [lo, hi] after each step. */
        record Box(double lo, double hi) implements Attr {}

        record Frozen() implements Attr {}
    }
}
