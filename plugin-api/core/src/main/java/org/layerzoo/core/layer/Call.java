package org.layerzoo.core.layer;

import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.spi.Collectives;

/**
 * How a forward is run: stage, sequence geometry, draws, taps, auxiliary outputs, buffer updates, algorithm, ranks. The
 * interpreter of the ops is not here: it is {@link org.layerzoo.core.exec.Exec#current()}.
 */
@Stable(since = "0.1")
public record Call(
        Stage stage,
        Seqs seqs,
        Draws draws,
        Taps taps,
        Aux aux,
        Updates updates,
        Algorithm algorithm,
        Optional<Collectives> ranks) {

    /** EVAL, or TRAIN with the step counter that schedules read. */
    public sealed interface Stage {
        /** Inference. */
        record Eval() implements Stage {}

        /** Training, with the name of the recipe's stage. */
        record Train(String name, long step) implements Stage {}
    }

    /** Choice between equal forms; a layer that lacks the asked form refuses. AUTO is reported as what was taken. */
    public sealed interface Algorithm {
        record Auto() implements Algorithm {}

        record Recurrent() implements Algorithm {}

        record Chunked(int chunk) implements Algorithm {}

        record Parallel() implements Algorithm {}

        /** Every intermediate dense, no fused kernel. */
        record Dense() implements Algorithm {}
    }

    public static Call eval() {
        return new Call(
                new Stage.Eval(),
                Seqs.whole(),
                Draws.seeded(0),
                Taps.NONE,
                Aux.none(),
                Updates.none(),
                new Algorithm.Auto(),
                Optional.empty());
    }

    public static Call train(long step, Draws draws) {
        return eval().with(new Stage.Train("train", step)).with(draws);
    }

    public boolean training() {
        return stage instanceof Stage.Train;
    }

    public Call with(Stage s) {
        return new Call(s, seqs, draws, taps, aux, updates, algorithm, ranks);
    }

    public Call with(Seqs s) {
        return new Call(stage, s, draws, taps, aux, updates, algorithm, ranks);
    }

    public Call with(Draws d) {
        return new Call(stage, seqs, d, taps, aux, updates, algorithm, ranks);
    }

    public Call with(Taps t) {
        return new Call(stage, seqs, draws, t, aux, updates, algorithm, ranks);
    }

    public Call with(Aux a) {
        return new Call(stage, seqs, draws, taps, a, updates, algorithm, ranks);
    }

    public Call with(Updates u) {
        return new Call(stage, seqs, draws, taps, aux, u, algorithm, ranks);
    }

    public Call with(Algorithm a) {
        return new Call(stage, seqs, draws, taps, aux, updates, a, ranks);
    }

    public Call with(Collectives c) {
        return new Call(stage, seqs, draws, taps, aux, updates, algorithm, Optional.of(c));
    }

    /** This call for a child at {@code path}: draws, taps and auxiliary outputs carry the path. */
    public Call under(String path) {
        return new Call(stage, seqs, draws.at(path), taps.under(path), aux.under(path), updates, algorithm, ranks);
    }
}
