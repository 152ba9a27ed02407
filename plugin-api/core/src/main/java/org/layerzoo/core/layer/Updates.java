package org.layerzoo.core.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensor;

/** New values of buffers, proposed by a forward and committed by whoever drives it: the trainer commits, a gradient check drops. */
@Stable(since = "0.1")
public final class Updates {
    private final boolean collecting;
    private final Map<Buffer, Tensor> values = new LinkedHashMap<>();

    private Updates(boolean collecting) {
        this.collecting = collecting;
    }

    /** Drops everything. */
    public static Updates none() {
        return new Updates(false);
    }

    public static Updates collecting() {
        return new Updates(true);
    }

    public void set(Buffer b, Tensor value) {
        if (collecting) {
            values.put(b, value);
        }
    }

    /** Writes the proposed values into the buffers. */
    public void commit() {
        values.forEach(Buffer::set);
        values.clear();
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }
}
