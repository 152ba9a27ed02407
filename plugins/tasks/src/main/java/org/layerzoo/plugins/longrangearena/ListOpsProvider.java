package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.listops.Expression;
import org.layerzoo.data.listops.Vocabulary;
import org.layerzoo.train.task.ClassTask;
import org.layerzoo.train.task.NamedTask;
import org.pf4j.Extension;

/** {@code long-range-arena/listops}: the value of a nested expression, ten classes (section 2.2.1). */
@Extension
public class ListOpsProvider extends NamedTask<ListOpsConfig> {
    public ListOpsProvider() {
        super("listops", ListOpsConfig.class);
    }

    @Override
    public ListOpsConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new ListOpsConfig(5, 10, 62, 250, Backbone.tiny());
            case TEST -> new ListOpsConfig(10, 10, 125, 500, Backbone.test());
            case PAPER -> new ListOpsConfig(10, 10, 500, 2000, Backbone.paper(6, 512, 8, 2048, 96000, 2000));
        };
    }

    @Override
    public Task create(ListOpsConfig c, long seed) {
        ClassTask.Generator draw = (rng, index) -> {
            Expression e = c.generator().draw(rng);
            return new ClassTask.Sample(List.of(Vocabulary.ids(e)), e.value());
        };
        return c.backbone().task(draw, ClassTask.Parts.ONE, Vocabulary.SIZE, c.maxLength(), 10, seed);
    }
}
