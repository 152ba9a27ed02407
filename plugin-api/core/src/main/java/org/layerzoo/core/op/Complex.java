package org.layerzoo.core.op;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/** Arithmetic on complex numbers kept as pairs (re, im) on a last axis of size 2; leading axes broadcast. */
public final class Complex {
    private Complex() {}

    /** Real parts, [.., 2] -> [..]. */
    public static Tensor re(Tensor z) {
        return part(z, 0).squeeze(-1);
    }

    /** Imaginary parts, [.., 2] -> [..]. */
    public static Tensor im(Tensor z) {
        return part(z, 1).squeeze(-1);
    }

    /** Pairs of two tensors of one shape, [..] -> [.., 2]. */
    public static Tensor of(Tensor re, Tensor im) {
        return Ops.stack(-1, java.util.List.of(re, im));
    }

    /** (a + ib)(c + id) = (ac - bd) + i(ad + bc). */
    public static Tensor cmul(Tensor x, Tensor y) {
        Tensor a = part(x, 0);
        Tensor b = part(x, 1);
        Tensor c = part(y, 0);
        Tensor d = part(y, 1);
        return pair(a.mul(c).sub(b.mul(d)), a.mul(d).add(b.mul(c)));
    }

    /** a - ib. */
    public static Tensor conj(Tensor z) {
        return pair(part(z, 0), part(z, 1).neg());
    }

    /** e^a (cos b + i sin b). */
    public static Tensor cexp(Tensor z) {
        Tensor size = Ops.exp(part(z, 0));
        Tensor angle = part(z, 1);
        return pair(size.mul(Ops.cos(angle)), size.mul(Ops.sin(angle)));
    }

    /** sqrt(a^2 + b^2), [.., 2] -> [..]; its gradient at 0 is 0. */
    public static Tensor abs(Tensor z) {
        Tensor square = Ops.square(re(z)).add(Ops.square(im(z)));
        Tensor zero = square.eq(0);
        // The root's slope at 0 is infinite: it is taken at 1 there and left out of the result.
        Tensor safe = Ops.where(zero, Tensor.scalar(z.dtype(), 1), square);
        return Ops.where(zero, Tensor.scalar(z.dtype(), 0), Ops.sqrt(safe));
    }

    /** One part with its axis kept, [.., 2] -> [.., 1]. */
    private static Tensor part(Tensor z, int i) {
        if (z.rank() == 0 || z.dim(-1) != 2) {
            throw ZooException.badShape("complex: pairs on a last axis of size 2 expected, given " + z.spec());
        }
        return z.slice(-1, i, i + 1);
    }

    private static Tensor pair(Tensor re, Tensor im) {
        return Ops.concat(-1, re, im);
    }
}
