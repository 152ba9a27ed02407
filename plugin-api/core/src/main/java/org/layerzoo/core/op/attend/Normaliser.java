package org.layerzoo.core.op.attend;

/** How the scores s of a row become weights; what is not visible has weight 0 and is not counted. */
public sealed interface Normaliser {
    /** exp(s - lse). */
    record Softmax() implements Normaliser {}

    /** clip((zeta - gamma) softmax(s) + gamma, 0, 1). */
    record Clip(double zeta, double gamma) implements Normaliser {}

    /** sigmoid(s + b). */
    record Sigmoid(double b) implements Normaliser {}

    /** gain (s - mean) / (std + eps) + shift with the population std of the row; tensors gain [H], shift [H]. */
    record MeanStd(double eps) implements Normaliser {}

    /** max(s, 0)^2. */
    record Relu2() implements Normaliser {}

    /** (1 + erf((s - mu) / (sigma sqrt 2))) / 2. */
    record Laplace(double mu, double sigma) implements Normaliser {}

    /** s itself. */
    record None() implements Normaliser {}

    /** Whether rows have a log-sum-exp. */
    default boolean hasLse() {
        return this instanceof Softmax || this instanceof Clip;
    }
}
