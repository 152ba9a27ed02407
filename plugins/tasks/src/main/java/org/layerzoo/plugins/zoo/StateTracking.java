package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.sequence.Permutations;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;

/** The word problem of a symmetric group: which permutation have those read so far become? */
abstract class StateTracking extends NamedTask<StateTrackingConfig> {
    private final int letters;

    StateTracking(String name, int letters) {
        super(name, StateTrackingConfig.class);
        this.letters = letters;
    }

    @Override
    public StateTrackingConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new StateTrackingConfig(16, new Backbone(32, 4, 2));
            case TEST -> new StateTrackingConfig(64, new Backbone(64, 4, 2));
            case PAPER -> new StateTrackingConfig(256, new Backbone(128, 4, 2));
        };
    }

    @Override
    public Task create(StateTrackingConfig c, long seed) {
        Permutations words = c.generator(letters);
        return new TokenTask(words::draw, seed, 1.0 / words.size(), c.model(letters));
    }
}
