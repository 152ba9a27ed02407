package org.layerzoo.train.optim;

import java.util.List;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.Tensor;

/** Clipping of the joint Euclidean norm of all gradients. */
public final class GradientClip {
    private GradientClip() {}

    /** Joint norm; NaN or infinite when a gradient is. */
    public static double norm(List<Tensor> gradients) {
        double sum = 0;
        for (Tensor g : gradients) {
            double n = Errors.norm(g);
            sum += n * n;
        }
        return Math.sqrt(sum);
    }

    /** What gradients of that norm are to be multiplied by; a limit of 0 does not clip. */
    public static double scale(double norm, double limit) {
        return limit > 0 && norm > limit ? limit / norm : 1;
    }
}
