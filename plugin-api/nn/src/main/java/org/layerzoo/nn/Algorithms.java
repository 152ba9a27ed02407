package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.recur.Algorithm;

/** The form of a recurrence that a call asks for. */
public final class Algorithms {
    private Algorithms() {}

    /** Empty leaves the choice to the op. @throws ZooException UNSUPPORTED for a dense form, which recurrences lack */
    public static Optional<Algorithm> of(Call call, String layer) {
        return switch (call.algorithm()) {
            case Call.Algorithm.Auto a -> Optional.empty();
            case Call.Algorithm.Recurrent a -> Optional.of(new Algorithm.Recurrent());
            case Call.Algorithm.Chunked a -> Optional.of(new Algorithm.Chunked(a.chunk()));
            case Call.Algorithm.Parallel a -> Optional.of(new Algorithm.Parallel());
            case Call.Algorithm.Dense a ->
                throw ZooException.unsupported(layer + " has no dense form: recurrent, chunked or parallel expected");
        };
    }
}
