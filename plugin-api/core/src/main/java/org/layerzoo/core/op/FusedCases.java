package org.layerzoo.core.op;

import java.util.List;
import java.util.stream.Stream;
import org.layerzoo.core.op.attend.AttendCases;
import org.layerzoo.core.op.dense.DenseCases;
import org.layerzoo.core.op.longconv.LongConvCases;
import org.layerzoo.core.op.loss.LossCases;
import org.layerzoo.core.op.neighbourhood.NeighbourhoodCases;
import org.layerzoo.core.op.norm.NormCases;
import org.layerzoo.core.op.recur.RecurCases;
import org.layerzoo.core.op.rnn.RnnCases;
import org.layerzoo.core.op.scan.ScanCases;
import org.layerzoo.core.op.shortconv.ShortConvCases;
import org.layerzoo.core.op.softmax.SoftmaxCases;

/** The cases of every fused op of core. */
public final class FusedCases {
    private FusedCases() {}

    public static List<OpCase> all() {
        return Stream.of(
                        SoftmaxCases.all(),
                        NormCases.all(),
                        DenseCases.all(),
                        AttendCases.all(),
                        RecurCases.all(),
                        ScanCases.all(),
                        ShortConvCases.all(),
                        NeighbourhoodCases.all(),
                        LongConvCases.all(),
                        LossCases.all(),
                        RnnCases.all())
                .flatMap(List::stream)
                .toList();
    }
}
