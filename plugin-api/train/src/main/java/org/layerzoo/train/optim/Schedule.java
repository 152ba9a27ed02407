package org.layerzoo.train.optim;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.train.Spec;

/** Factor of the learning rate at a step counted from 0. */
@FunctionalInterface
public interface Schedule {
    double factor(long step);

    /**
     * By name, each after a linear warm-up of w steps (step s counts from 1):
     * {@code constant}; {@code cosine[:floor=0]} and {@code linear[:floor=0]} down to the floor at the last step;
     * {@code rsqrt} = 1 / sqrt(max(s, w)), as Long Range Arena trains; {@code inverse-sqrt} = sqrt(w / max(s, w)).
     *
     * @param total steps of the stage
     * @throws ZooException BAD_CONFIG for another name
     */
    static Schedule of(TrainStage.Optim o, long total) {
        Spec spec = Spec.parse(o.schedule());
        double floor = spec.number("floor", 0);
        long w = o.warmup();
        Schedule after =
                switch (spec.name()) {
                    case "constant" -> s -> 1;
                    case "cosine" -> s -> floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress(s, w, total)));
                    case "linear" -> s -> floor + (1 - floor) * (1 - progress(s, w, total));
                    case "rsqrt" -> s -> 1 / Math.sqrt(Math.max(Math.max(s + 1, w), 1));
                    case "inverse-sqrt" -> s -> Math.sqrt(Math.max(w, 1.0) / Math.max(Math.max(s + 1, w), 1));
                    default ->
                        throw new ZooException(
                                ErrorCode.BAD_CONFIG,
                                "unknown schedule '" + o.schedule()
                                        + "': expected constant, cosine, linear, rsqrt or inverse-sqrt");
                };
        boolean floored = spec.name().equals("cosine") || spec.name().equals("linear");
        spec.only(floored ? new String[] {"floor"} : new String[0]);
        return s -> Math.min(1, (s + 1.0) / Math.max(1, w)) * after.factor(s);
    }

    private static double progress(long s, long warmup, long total) {
        return total - 1 <= warmup
                ? (s >= total - 1 ? 1 : 0)
                : Math.clamp((double) (s - warmup) / (total - 1 - warmup), 0, 1);
    }
}
