package org.layerzoo.plugins.lightseq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Collectives;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.RuntimeProvider;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.lightseq.check.LightSeqChecks;
import org.pf4j.Extension;

/** LightSeq: softmax attention over ranks that each hold a part of the sequence. */
@Extension
public final class LightSeqProvider implements RuntimeProvider<LightSeqConfig> {
    @Override
    public Class<LightSeqConfig> config() {
        return LightSeqConfig.class;
    }

    @Override
    public LightSeqConfig defaults(Size size) {
        return new LightSeqConfig(LightSeqConfig.Schedule.BALANCED, true, LightSeqConfig.Boundary.ATTENTION_OUTPUT);
    }

    @Override
    public Runtime create(LightSeqConfig c, RunContext context) {
        return new Distributed(c);
    }

    private record Distributed(LightSeqConfig c) implements SequenceSchedule {
        /** Stands for an exact softmax attention with ports q, k, v -> o and computes it with the other ranks. */
        @Override
        public Layer shard(Layer attention, Collectives ranks) {
            DistAttention dist = new DistAttention(c, ranks);
            return (in, call) -> {
                Sequences.wholeRows(call, "lightseq");
                return Tensors.of(
                        "o", dist.apply(in.get("q"), in.get("k"), in.get("v")).o());
            };
        }

        @Override
        public Plan plan(int ranks, int length) {
            List<List<String>> shown = new ArrayList<>();
            long[] bytes = new long[ranks];
            long chunk = (length + ranks - 1L) / ranks;
            int idle = 0;
            for (List<Optional<Schedules.Pair>> step : Schedules.steps(c, ranks)) {
                List<String> row = new ArrayList<>();
                for (Optional<Schedules.Pair> p : step) {
                    idle += p.isPresent() ? 0 : 1;
                    row.add(p.map(x -> "q" + x.query() + " k" + x.key()).orElse("-"));
                    p.ifPresent(x -> count(x, bytes, chunk));
                }
                shown.add(row);
            }
            return new Plan(shown, idle / (double) (shown.size() * ranks), bytes);
        }

        /** Bytes a channel of F32: keys and values to a reader; queries to a helper, which answers o. */
        private static void count(Schedules.Pair p, long[] bytes, long chunk) {
            if (p.helps()) {
                bytes[p.query()] += 4 * chunk;
                bytes[p.worker()] += 4 * chunk;
            } else if (p.key() != p.worker()) {
                bytes[p.key()] += 8 * chunk;
            }
        }
    }

    @Override
    public List<Check> checks() {
        return LightSeqChecks.all();
    }
}
