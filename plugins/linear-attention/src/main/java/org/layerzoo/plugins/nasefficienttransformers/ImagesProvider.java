package org.layerzoo.plugins.nasefficienttransformers;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig.Form;
import org.pf4j.Extension;

/** {@code nas-efficient-transformers/images}: the same search for a vision transformer. */
@Extension
public final class ImagesProvider extends SearchProvider {
    @Override
    public String name() {
        return "images";
    }

    @Override
    public NasConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                new NasConfig(
                        new Form.Images(List.of(1, 2), 16, 4, 10),
                        List.of(8, 16),
                        List.of(2, 4),
                        List.of(1, 2),
                        new NasConfig.Train(2, 2, 1, 3e-3),
                        new NasConfig.Search(4, 10, 4, 4, 0.1, 0.5, 0.8, 0));
            case TEST ->
                new NasConfig(
                        new Form.Images(List.of(1, 2, 3), 32, 4, 10),
                        List.of(32, 48),
                        List.of(2, 4),
                        List.of(2, 3),
                        new NasConfig.Train(16, 600, 600, 3e-3),
                        NasConfig.Search.usual(0.7));
            case PAPER ->
                new NasConfig(
                        new Form.Images(List.of(12, 14, 16), 32, 2, 10),
                        List.of(192, 216, 240),
                        List.of(3, 4),
                        List.of(3, 4),
                        new NasConfig.Train(128, 40000, 40000, 1e-3),
                        NasConfig.Search.usual(0.5));
        };
    }
}
