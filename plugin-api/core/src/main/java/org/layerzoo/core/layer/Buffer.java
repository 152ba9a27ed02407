package org.layerzoo.core.layer;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/** A stored tensor of any dtype that is not trained: running statistics, clusters, fixed draws. */
public final class Buffer {
    private final String path;
    private volatile Tensor value;

    Buffer(String path, Tensor value) {
        this.path = path;
        this.value = value.keep();
    }

    public String path() {
        return path;
    }

    public Tensor value() {
        return value;
    }

    /** @throws ZooException if type or shape differ */
    public void set(Tensor t) {
        if (!t.spec().equals(value.spec())) {
            throw ZooException.badShape("buffer " + path + ": " + value.spec() + " expected, given " + t.spec());
        }
        value = t.keep();
    }
}
