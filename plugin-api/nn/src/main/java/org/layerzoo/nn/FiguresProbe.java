package org.layerzoo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.TensorScope;

/** A probe of a mechanism itself on random inputs, for what a paper says of it in numbers: one scalar a figure, the mean over draws. */
public abstract class FiguresProbe implements ProbeProvider<FiguresProbe.Options> {
    private final String name;
    private final String title;

    /** How often the inputs are drawn. */
    public record Options(
            @Doc("times the inputs are drawn") @Range(min = 1)
            int draws) {}

    protected FiguresProbe(String name, String title) {
        this.name = name;
        this.title = title;
    }

    /** The figures of one draw by name. */
    protected abstract SequencedMap<String, Double> figures(CheckContext c);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Class<Options> config() {
        return Options.class;
    }

    @Override
    public final Options defaults(Size size) {
        return switch (size) {
            case TINY -> new Options(1);
            case TEST -> new Options(5);
            case PAPER -> new Options(20);
        };
    }

    @Override
    public final Report run(Options o, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        SequencedMap<String, Double> mean = new LinkedHashMap<>();
        for (int i = 0; i < o.draws(); i++) {
            context.checkCancelled();
            context.progress((double) i / o.draws(), "draw " + (i + 1) + " of " + o.draws());
            CheckContext c = new CheckContext(context.draws().at("draw " + i));
            TensorScope.use(() -> figures(c)).forEach((key, v) -> mean.merge(key, v / o.draws(), Double::sum));
        }
        List<Block> blocks = new ArrayList<>();
        mean.forEach((key, v) -> blocks.add(new Block.Scalar(key, v, "", "")));
        return new Report(title, blocks, List.of());
    }
}
