package org.layerzoo.train;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a training run is kept.
 *
 * @param directory where checkpoint.safetensors and checkpoint.json lie; absent for none
 * @param checkpointEvery steps between checkpoints; one is written at the end of each stage and on cancellation anyway
 * @param resume continue from the directory's checkpoint if there is one
 * @param ema decay of an average of the trained parameters, absent for none
 * @param run what decides the run's numbers beside its stages (data, seed, configuration), by name: a checkpoint of
 *     another run is refused
 */
public record TrainOptions(
        Optional<Path> directory,
        int checkpointEvery,
        boolean resume,
        OptionalDouble ema,
        SortedMap<String, String> run) {
    public TrainOptions {
        run = Collections.unmodifiableSortedMap(new TreeMap<>(run));
    }

    public static TrainOptions inMemory() {
        return new TrainOptions(
                Optional.empty(), Integer.MAX_VALUE, false, OptionalDouble.empty(), Collections.emptySortedMap());
    }

    /** Checkpoints every {@code every} steps and continues from what is there. */
    public static TrainOptions in(Path directory, int every) {
        return new TrainOptions(
                Optional.of(directory), every, true, OptionalDouble.empty(), Collections.emptySortedMap());
    }

    public TrainOptions withEma(double decay) {
        return new TrainOptions(directory, checkpointEvery, resume, OptionalDouble.of(decay), run);
    }

    public TrainOptions withRun(Map<String, String> identity) {
        return new TrainOptions(directory, checkpointEvery, resume, ema, new TreeMap<>(identity));
    }
}
