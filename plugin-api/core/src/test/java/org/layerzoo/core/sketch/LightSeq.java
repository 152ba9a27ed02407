package org.layerzoo.core.sketch;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.spi.Collectives;
import org.layerzoo.core.spi.RuntimeProvider.Plan;
import org.layerzoo.core.spi.RuntimeProvider.SequenceSchedule;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** lightseq: each rank is a thread with its own tape and holds a part of the sequence; partial attentions meet by log-sum-exp. */
final class LightSeq implements SequenceSchedule {
    @Override
    public Layer shard(Layer attention, Collectives ranks) {
        return (in, call) -> {
            int p = ranks.rank();
            Attended own = Fused.attend(in.get("q"))
                    .keys(in.get("k"), in.get("v"))
                    .causal()
                    .run();
            List<Fused.Part> parts =
                    new ArrayList<>(List.of(new Fused.Part(own.o(), own.lse().orElseThrow())));
            for (int t = 1; t < ranks.size(); t++) {
                if (p + t < ranks.size()) {
                    ranks.send(in.get("k"), p + t);
                    ranks.send(in.get("v"), p + t);
                }
                if (p >= t) {
                    Tensor k = ranks.receive(p - t, in.get("k").shape());
                    Tensor v = ranks.receive(p - t, in.get("v").shape());
                    Attended far = Fused.attend(in.get("q")).keys(k, v).run();
                    parts.add(new Fused.Part(far.o(), far.lse().orElseThrow()));
                }
            }
            return Tensors.of("o", Fused.mergeLse(parts).o());
        };
    }

    @Override
    public Plan plan(int ranks, int length) {
        List<List<String>> steps = new ArrayList<>();
        int idle = 0;
        for (int t = 0; t < ranks; t++) {
            List<String> row = new ArrayList<>();
            for (int p = 0; p < ranks; p++) {
                row.add(p >= t ? p + "<-" + (p - t) : "-");
                idle += p >= t ? 0 : 1;
            }
            steps.add(row);
        }
        return new Plan(steps, idle / (double) (ranks * ranks), new long[ranks]);
    }
}
