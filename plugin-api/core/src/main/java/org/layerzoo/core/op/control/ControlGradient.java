package org.layerzoo.core.op.control;

import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Primitive;

/** Gradients of the control ops. */
public final class ControlGradient {
    private ControlGradient() {}

    public static void backward(Primitive.Control op, Backprop b) {
        switch (op) {
            case Primitive.Stop s -> {}
            case Primitive.StraightThrough s -> b.add(1, () -> b.grad(0));
            case Primitive.Custom c -> c.vjp().accept(b);
            case Primitive.Host h -> {}
        }
    }
}
