package org.layerzoo.train.task;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.sequence.Waves;

/** A provider of {@link TokenTask} over {@link Waves}: which of five kinds is a noisy time series? */
public abstract class WavesTask extends NamedTask<WavesTask.Options> {
    /** Options of naming waves. */
    public record Options(
            @Doc("levels of a reading") @Range(min = 2) int levels,

            @Doc("tokens T, the mark at the end included") @Range(min = 9)
            int length,

            @Doc("model around the mixer") Backbone backbone) {}

    protected WavesTask(String name) {
        super(name, Options.class);
    }

    @Override
    public final Options defaults(Size size) {
        return switch (size) {
            case TINY -> new Options(16, 32, new Backbone(32, 4, 2));
            case TEST -> new Options(32, 64, new Backbone(64, 4, 2));
            case PAPER -> new Options(64, 256, new Backbone(128, 4, 2));
        };
    }

    @Override
    public final Task create(Options c, long seed) {
        Waves w = new Waves(c.levels(), c.length());
        return new TokenTask(w::draw, seed, 1.0 / Waves.KINDS, c.backbone().model(w.vocab(), c.length()));
    }
}
