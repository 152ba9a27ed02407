package org.layerzoo.core.op.attend;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.tensor.Tensor;

/** Results of an attention: o [B, H, Tq, dv], lse [B, H, Tq] where the normaliser has one, and what was wanted. */
public record Attended(
        Tensor o,
        Optional<Tensor> lse,
        Optional<Tensor> weights,
        Optional<Tensor> columnMass,
        Optional<Tensor> rowMass,
        Optional<Tensor> headMean) {
    static Attended of(Attend op, List<Tensor> out) {
        var it = out.iterator();
        Tensor o = it.next();
        return new Attended(
                o,
                op.norm().hasLse() ? Optional.of(it.next()) : Optional.empty(),
                op.wants().weights() ? Optional.of(it.next()) : Optional.empty(),
                op.wants().columnMass() > 0 ? Optional.of(it.next()) : Optional.empty(),
                op.wants().rowMass() ? Optional.of(it.next()) : Optional.empty(),
                op.wants().headMean() > 0 ? Optional.of(it.next()) : Optional.empty());
    }
}
