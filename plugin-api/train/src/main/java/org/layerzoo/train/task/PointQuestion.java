package org.layerzoo.train.task;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;

/** A provider of {@link PointTask}: a question about points, 5 of them or 50. */
public abstract class PointQuestion extends NamedTask<PointQuestion.Options> {
    /** Options of questions about points. */
    public record Options(
            @Doc("points N of a sample") @Range(min = 3) int points) {}

    private final PointTask.Question question;

    protected PointQuestion(String name, PointTask.Question question) {
        super(name, Options.class);
        this.question = question;
    }

    @Override
    public final Options defaults(Size size) {
        return new Options(size == Size.PAPER ? 50 : 5);
    }

    @Override
    public final Task create(Options c, long seed) {
        return new PointTask(c.points(), question, seed);
    }
}
