package org.layerzoo.plugins.hiss;

import org.layerzoo.data.sensor.Touch;
import org.layerzoo.train.task.SensorQuestion;
import org.pf4j.Extension;

/** {@code hiss/force}: the force in three directions, from six touch sensors that saturate, drift and lag, at ten times the rate. */
@Extension
public final class ForceProvider extends SensorQuestion {
    public ForceProvider() {
        super("force", Touch::new);
    }
}
