package org.layerzoo.plugins.pointernetworks;

import org.layerzoo.train.task.PointQuestion;
import org.layerzoo.train.task.PointQuestions;
import org.pf4j.Extension;

/** {@code pointer-networks/delaunay}: the triangles of the Delaunay triangulation of points in the plane, sorted by their incenters. */
@Extension
public final class DelaunayProvider extends PointQuestion {
    public DelaunayProvider() {
        super("delaunay", PointQuestions.delaunay());
    }
}
