package org.layerzoo.plugins.pointernetworks;

import org.layerzoo.train.task.PointQuestion;
import org.layerzoo.train.task.PointQuestions;
import org.pf4j.Extension;

/** {@code pointer-networks/tour}: a short closed tour of points in the plane from the first one, optimal up to 12 points. */
@Extension
public final class TourProvider extends PointQuestion {
    public TourProvider() {
        super("tour", PointQuestions.tour());
    }
}
