package org.layerzoo.plugins.aaren;

import org.layerzoo.train.task.WavesTask;
import org.pf4j.Extension;

/** {@code aaren/waves}: which of five kinds is a noisy time series? */
@Extension
public final class WavesProvider extends WavesTask {
    public WavesProvider() {
        super("waves");
    }
}
