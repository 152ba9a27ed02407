package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.ReversalTask;
import org.pf4j.Extension;

/** {@code zoo/copy-reverse}: say a sentence backwards. */
@Extension
public final class CopyReverseProvider extends NamedTask<CopyReverseConfig> {
    public CopyReverseProvider() {
        super("copy-reverse", CopyReverseConfig.class);
    }

    @Override
    public CopyReverseConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new CopyReverseConfig(12, 12);
            case TEST -> new CopyReverseConfig(20, 32);
            case PAPER -> new CopyReverseConfig(32000, 128);
        };
    }

    @Override
    public Task create(CopyReverseConfig c, long seed) {
        return new ReversalTask(c.vocab(), c.length(), seed);
    }
}
