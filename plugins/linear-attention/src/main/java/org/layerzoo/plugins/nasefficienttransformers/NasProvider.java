package org.layerzoo.plugins.nasefficienttransformers;

import java.util.List;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig.Form;
import org.layerzoo.plugins.nasefficienttransformers.check.NasChecks;
import org.pf4j.Extension;

/** Search for an encoder-decoder whose attentions are softmax or linear, module by module. */
@Extension
public final class NasProvider extends SearchProvider {

    @Override
    public NasConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                new NasConfig(
                        new Form.Translation(2, List.of(1, 2), List.of(1, 2), 12, 12),
                        List.of(8, 16),
                        List.of(2, 4),
                        List.of(24, 32),
                        new NasConfig.Train(2, 2, 1, 3e-3),
                        new NasConfig.Search(4, 10, 4, 4, 0.1, 0.5, 0.8, 0));
            case TEST ->
                new NasConfig(
                        new Form.Translation(3, List.of(1, 2, 3), List.of(1, 2, 3), 20, 32),
                        List.of(32, 48),
                        List.of(2, 4),
                        List.of(64, 96),
                        new NasConfig.Train(16, 600, 600, 3e-3),
                        NasConfig.Search.usual(0.7));
            case PAPER ->
                new NasConfig(
                        new Form.Translation(6, List.of(1, 2, 3, 4, 5, 6), List.of(1, 2, 3), 32000, 128),
                        List.of(512, 640),
                        List.of(4, 8),
                        List.of(1024, 2048, 3072),
                        new NasConfig.Train(32, 40000, 40000, 1e-3),
                        NasConfig.Search.usual(0.5));
        };
    }

    @Override
    public List<Check> checks() {
        return NasChecks.all();
    }
}
