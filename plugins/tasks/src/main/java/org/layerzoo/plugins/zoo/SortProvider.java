package org.layerzoo.plugins.zoo;

import org.layerzoo.data.points.PointTargets;
import org.layerzoo.train.task.PointQuestion;
import org.pf4j.Extension;

/** {@code zoo/sort}: the order of scalars, smallest first. */
@Extension
public final class SortProvider extends PointQuestion {
    public SortProvider() {
        super("sort", 1, PointTargets::sorted);
    }
}
