package org.layerzoo.core.spi;

import java.util.function.Predicate;
import org.layerzoo.core.layer.Param;

/**
 * One stage of training.
 *
 * @param model whose parameters are trained
 * @param trainable which of them
 * @param steps upper bound of steps
 */
public record TrainStage(
        String name, Model model, StepProgram program, Predicate<Param> trainable, Optim optim, int steps) {
    /** Optimiser and learning-rate schedule by their standard names. */
    public record Optim(
            String optimizer, double learningRate, double weightDecay, double clipNorm, String schedule, int warmup) {
        public static Optim adamW(double learningRate) {
            return new Optim("adamw", learningRate, 0.0, 1.0, "constant", 0);
        }
    }
}
