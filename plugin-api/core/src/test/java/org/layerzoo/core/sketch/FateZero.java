package org.layerzoo.core.sketch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** fatezero: no training; maps recorded while inverting a clip are put back, in the conditional half, while editing. */
record FateZero(Model diffusion, int steps) implements Recipe {
    @Override
    public List<TrainStage> stages() {
        return List.of();
    }

    @Override
    public Model finished() {
        return diffusion.with(new Editor(diffusion.layer(), steps));
    }

    private record Editor(Layer net, int steps) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            String[] sites = net.sites().stream()
                    .map(s -> s.name())
                    .filter(n -> n.endsWith("attn.weights"))
                    .toArray(String[]::new);
            Taps.Recorder source = Taps.recording(sites);
            Tensor z = net.forward(in, call.with(source)).single();
            Map<String, UnaryOperator<Tensor>> edits = new HashMap<>();
            source.seen()
                    .forEach((site, map) -> edits.put(
                            site,
                            now -> Ops.concat(
                                    0, now.slice(0, 0, now.dim(0) / 2), map.slice(0, now.dim(0) / 2, now.dim(0)))));
            for (int t = 0; t < steps; t++) {
                z = z.sub(net.forward(in.with("x", z), call.with(Taps.replacing(edits)))
                        .single()
                        .mul(1.0 / steps));
            }
            return Tensors.of("clip", z);
        }
    }
}
