package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.text.ByteText;
import org.layerzoo.data.text.Sentiment;
import org.layerzoo.train.task.ClassTask;
import org.layerzoo.train.task.NamedTask;
import org.pf4j.Extension;

/** {@code long-range-arena/text}: the tone of a text of bytes, two classes (section 2.2.2). */
@Extension
public final class TextProvider extends NamedTask<TextConfig> {
    public TextProvider() {
        super("text", TextConfig.class);
    }

    @Override
    public TextConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TextConfig(500, 0.4, Backbone.tiny());
            case TEST -> new TextConfig(1000, 0.4, Backbone.test());
            case PAPER -> new TextConfig(4000, 0.4, Backbone.paper(6, 512, 8, 2048, 25000, 25000));
        };
    }

    @Override
    public Task create(TextConfig c, long seed) {
        ClassTask.Generator draw = (rng, index) -> {
            Sentiment.Review r = new Sentiment(c.length(), c.negated()).draw(rng);
            return new ClassTask.Sample(List.of(ByteText.ids(r.text(), c.length())), r.label());
        };
        return c.backbone().task(draw, ClassTask.Parts.ONE, ByteText.VOCABULARY, c.length(), 2, seed);
    }
}
