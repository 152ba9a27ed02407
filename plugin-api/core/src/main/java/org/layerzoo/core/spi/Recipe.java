package org.layerzoo.core.spi;

import java.util.List;
import org.layerzoo.core.Stable;

/** Stages in order, then the finished model; without stages it is inference only. */
@Stable(since = "0.1")
public interface Recipe {
    List<TrainStage> stages();

    Model finished();

    /** One that is over: nothing is left to train. */
    static Recipe of(Model finished) {
        return new Done(finished);
    }

    /** A recipe without stages. */
    record Done(Model finished) implements Recipe {
        @Override
        public List<TrainStage> stages() {
            return List.of();
        }
    }
}
