package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.text.ByteText;
import org.layerzoo.data.text.DocumentPairs;
import org.layerzoo.train.task.ClassTask;
import org.layerzoo.train.task.NamedTask;
import org.pf4j.Extension;

/** {@code long-range-arena/retrieval}: whether two documents of bytes belong together, encoded apart (section 2.2.3). */
@Extension
public final class RetrievalProvider extends NamedTask<RetrievalConfig> {
    public RetrievalProvider() {
        super("retrieval", RetrievalConfig.class);
    }

    @Override
    public RetrievalConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new RetrievalConfig(500, 4, Backbone.tiny());
            case TEST -> new RetrievalConfig(1000, 6, Backbone.test());
            case PAPER -> new RetrievalConfig(4000, 12, Backbone.paper(4, 128, 4, 512, 147086, 17437));
        };
    }

    @Override
    public Task create(RetrievalConfig c, long seed) {
        ClassTask.Generator draw = (rng, index) -> {
            DocumentPairs.Pair p = new DocumentPairs(c.length(), c.template()).draw(rng);
            return new ClassTask.Sample(
                    List.of(ByteText.ids(p.first(), c.length()), ByteText.ids(p.second(), c.length())), p.label());
        };
        return c.backbone().task(draw, ClassTask.Parts.PAIR, ByteText.VOCABULARY, c.length(), 2, seed);
    }
}
