package org.layerzoo.runner.job.bench;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;

/** What is to be measured, for every plugin and length alike. */
public record Question(
        List<Integer> lengths, int batch, int dim, int heads, Pass pass, Unit unit, DType dtype, long seed) {
    /** BACKWARD is forward and gradients to inputs and parameters; DECODE is one token behind {@code length} others. */
    public enum Pass {
        FORWARD,
        BACKWARD,
        DECODE
    }

    /** Wall time, or the processor time of the thread that runs, which other programs disturb less; the latter with one thread only. */
    public enum Clock {
        WALL,
        CPU;

        LongSupplier nanos() {
            return this == WALL ? System::nanoTime : ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime;
        }
    }

    /** LAYER has projections from and to the model's width; CORE is the mixing alone. */
    public enum Unit {
        LAYER,
        CORE
    }

    /** Everything wrong is said at once. @throws ZooException BAD_ARGUMENT */
    public Question {
        lengths = lengths.stream().distinct().sorted().toList();
        if (lengths.isEmpty() || lengths.getFirst() < 1 || batch < 1 || dim < 1 || heads < 1) {
            throw new ZooException(
                    ErrorCode.BAD_ARGUMENT,
                    "lengths, batch, dim and heads must be 1 or more, given lengths " + lengths + ", batch " + batch
                            + ", dim " + dim + ", heads " + heads);
        }
    }

    /** The name as users write it. */
    static String label(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT);
    }

    /** @throws ZooException BAD_ARGUMENT listing the choices */
    public static <E extends Enum<E>> E parse(Class<E> type, String option, String text) {
        for (E e : type.getEnumConstants()) {
            if (label(e).equals(text)) {
                return e;
            }
        }
        List<String> known = java.util.Arrays.stream(type.getEnumConstants())
                .map(Question::label)
                .toList();
        throw new ZooException(
                ErrorCode.BAD_ARGUMENT, "'" + option + "' must be one of " + known + ", given '" + text + "'");
    }
}
