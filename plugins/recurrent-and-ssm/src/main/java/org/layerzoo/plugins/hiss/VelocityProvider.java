package org.layerzoo.plugins.hiss;

import org.layerzoo.data.sensor.Accelerometer;
import org.layerzoo.train.task.SensorQuestion;
import org.pf4j.Extension;

/** {@code hiss/velocity}: the velocity in three directions, from an accelerometer with noise and drift at ten times the rate. */
@Extension
public final class VelocityProvider extends SensorQuestion {
    public VelocityProvider() {
        super("velocity", Accelerometer::new);
    }
}
