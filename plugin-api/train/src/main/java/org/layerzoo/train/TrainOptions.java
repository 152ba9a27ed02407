package org.layerzoo.train;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How a training run is kept.
 *
 * @param directory where checkpoint.safetensors lies; absent for none
 * @param checkpointEvery steps between checkpoints; one is written at the end of each stage and on cancellation anyway
 * @param resume continue from the directory's checkpoint if there is one
 * @param ema decay of an average of the trained parameters, absent for none
 */
public record TrainOptions(Optional<Path> directory, int checkpointEvery, boolean resume, OptionalDouble ema) {
    public static TrainOptions inMemory() {
        return new TrainOptions(Optional.empty(), Integer.MAX_VALUE, false, OptionalDouble.empty());
    }

    /** Checkpoints every {@code every} steps and continues from what is there. */
    public static TrainOptions in(Path directory, int every) {
        return new TrainOptions(Optional.of(directory), every, true, OptionalDouble.empty());
    }

    public TrainOptions withEma(double decay) {
        return new TrainOptions(directory, checkpointEvery, resume, OptionalDouble.of(decay));
    }
}
