package org.layerzoo.nn.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.TappedAttention;

/** Greedy decoding of a causal language model with its attention rows watched and heads masked. */
public final class WatchedDecoding {
    private static final String WEIGHTS = TappedAttention.WEIGHTS;
    private static final String HEADS = HeadedLayer.HEADS;

    private final Streaming lm;
    private final List<String> layers;

    /** A head by layer and index. */
    public record Head(int layer, int index) {}

    /** tokens [steps]; attention [steps, layers, heads, n], the prompt's columns only. */
    public record Answer(long[] tokens, Tensor attention) {}

    /** @throws ZooException if the model does not stream or declares no attention weights */
    public WatchedDecoding(Model m) {
        if (!(m.layer() instanceof Streaming s)) {
            throw ZooException.unsupported("watched decoding needs a model that streams");
        }
        this.lm = s;
        this.layers = m.layer().sites().stream()
                .map(Site::name)
                .filter(n -> n.endsWith(WEIGHTS))
                .map(n -> n.substring(0, n.length() - WEIGHTS.length()))
                .toList();
        if (layers.isEmpty()) {
            throw ZooException.unsupported("watched decoding needs a model with sites named " + WEIGHTS);
        }
    }

    /** Layers that declare attention weights. */
    public int layers() {
        return layers.size();
    }

    /** @param prompt I64 [1, n] @param masked heads whose outputs are zero throughout */
    public Answer run(Tensor prompt, int steps, Set<Head> masked) {
        return TensorScope.use(() -> {
            Watch watch = new Watch(masked);
            State s = lm.open(Opening.of(1));
            int n = prompt.dim(1);
            Call call = Call.eval().with(watch);
            lm.advance(Tensors.of("tokens", prompt.slice(1, 0, n - 1)), s, call);
            Tensor token = prompt.slice(1, n - 1, n);
            long[] out = new long[steps];
            List<Tensor> rows = new ArrayList<>();
            for (int t = 0; t < steps; t++) {
                watch.record();
                Tensor logits = lm.advance(Tensors.of("tokens", token), s, call).get("y");
                token = Ops.argMax(logits.select(1, 0), -1).unsqueeze(1);
                out[t] = (long) token.item();
                rows.add(Ops.stack(
                        0,
                        layers.stream()
                                .map(l -> watch.seen(l + WEIGHTS)
                                        .select(0, 0)
                                        .select(1, 0)
                                        .slice(1, 0, n))
                                .toList()));
            }
            return new Answer(out, Ops.stack(0, rows));
        });
    }

    /** Records attention rows while decoding and zeroes the outputs of masked heads always. */
    private final class Watch implements Taps {
        private final Map<String, Set<Integer>> masked = new HashMap<>();
        private final Map<String, Tensor> seen = new HashMap<>();
        private boolean recording;

        Watch(Set<Head> heads) {
            heads.forEach(h -> masked.computeIfAbsent(layers.get(h.layer()) + HEADS, k -> new java.util.HashSet<>())
                    .add(h.index()));
        }

        void record() {
            recording = true;
        }

        Tensor seen(String site) {
            return seen.get(site);
        }

        @Override
        public boolean wants(String site) {
            return masked.containsKey(site) || (recording && site.endsWith(WEIGHTS));
        }

        @Override
        public Tensor at(String site, Tensor value) {
            if (recording && site.endsWith(WEIGHTS)) {
                seen.put(site, value);
            }
            return masked.containsKey(site) ? silenced(value, masked.get(site)) : value;
        }

        private static Tensor silenced(Tensor z, Set<Integer> heads) {
            double[] keep = new double[z.dim(1)];
            for (int h = 0; h < keep.length; h++) {
                keep[h] = heads.contains(h) ? 0 : 1;
            }
            return z.mul(Tensor.of(z.dtype(), keep, keep.length, 1, 1));
        }
    }
}
