package org.layerzoo.cpuvector.op.attend;

import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.tensor.Tensor;

/** The inputs of a call in their order, with the place of the next one. */
final class Inputs implements Iterator<Tensor> {
    private final List<Tensor> all;
    private int next;

    Inputs(List<Tensor> all) {
        this.all = all;
    }

    /** Number of the input that comes next. */
    int place() {
        return next;
    }

    @Override
    public boolean hasNext() {
        return next < all.size();
    }

    @Override
    public Tensor next() {
        return all.get(next++);
    }
}
