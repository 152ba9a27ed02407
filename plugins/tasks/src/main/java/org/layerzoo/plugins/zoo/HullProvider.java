package org.layerzoo.plugins.zoo;

import org.layerzoo.train.task.PointQuestion;
import org.layerzoo.train.task.PointQuestions;
import org.pf4j.Extension;

/** {@code zoo/hull}: the corners of the convex hull of points in the plane, counter-clockwise from the lowest index. */
@Extension
public final class HullProvider extends PointQuestion {
    public HullProvider() {
        super("hull", PointQuestions.hull());
    }
}
