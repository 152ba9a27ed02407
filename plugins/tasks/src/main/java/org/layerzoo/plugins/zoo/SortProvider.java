package org.layerzoo.plugins.zoo;

import org.layerzoo.train.task.PointQuestion;
import org.layerzoo.train.task.PointQuestions;
import org.pf4j.Extension;

/** {@code zoo/sort}: the order of scalars, smallest first. */
@Extension
public final class SortProvider extends PointQuestion {
    public SortProvider() {
        super("sort", PointQuestions.sort());
    }
}
