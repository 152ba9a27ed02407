package org.layerzoo.train;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.tensor.Tensors;

/** The part of a batch that a model takes in. */
public final class Inputs {
    private Inputs() {}

    /** @throws ZooException BAD_TENSORS if the batch lacks a required input */
    public static Tensors of(Model model, Tensors batch) {
        Tensors in = Tensors.empty();
        for (Port p : model.signature().in()) {
            if (batch.has(p.name())) {
                in = in.with(p.name(), batch.get(p.name()));
            } else if (p.role() == PortRole.REQUIRED) {
                throw new ZooException(
                        ErrorCode.BAD_TENSORS,
                        "model " + model.id() + " needs input '" + p.name() + "' [" + p.axes()
                                + "]; the task's batches have " + batch.names());
            }
        }
        return in;
    }
}
