package org.layerzoo.plugins.memmamba;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.ssm.SelectiveMixer;

/**
 * How Mamba's states forget: what token i wrote is left in h_{i+d} as prod_{k=i+1..i+d} exp(D_k A), which falls exponentially in the distance.
 * Means over layers, channels and the tokens of the first row.
 */
public final class Decay {
    /** The sum of a channel's steps up to each token [T, E], and its rates -A [E, N]. */
    private record Layer(Tensor passed, Tensor rates) {
        /** What d steps sum up to, [T - d, E]. */
        Tensor between(int d) {
            int t = passed.dim(0);
            return passed.slice(0, d, t).sub(passed.slice(0, 0, t - d));
        }
    }

    private final List<Layer> layers;

    private Decay(List<Layer> layers) {
        this.layers = layers;
    }

    /** That of the mixers of layers from 0, as a run has passed them; empty where they aren't Mamba's. */
    public static Optional<Decay> of(Model m, Taps.Recorder taps, int layers) {
        List<Layer> out = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            String at = "layers." + i + ".mixer.";
            Tensor steps = taps.seen().get(at + SelectiveMixer.STEPS);
            Optional<Tensor> w = value(m, at + "dt_proj.weight");
            Optional<Tensor> b = value(m, at + "dt_proj.bias");
            Optional<Tensor> log = value(m, at + "A_log");
            if (steps == null || w.isEmpty() || b.isEmpty() || log.isEmpty()) {
                return Optional.empty();
            }
            Tensor first = steps.select(0, 0).cast(DType.F64);
            Tensor dt = Ops.softplus(Fused.linear(first, w.get(), b.get()));
            out.add(new Layer(Ops.cumsum(dt, 0), Ops.exp(log.get())));
        }
        return Optional.of(new Decay(out));
    }

    private static Optional<Tensor> value(Model m, String name) {
        return Optional.ofNullable(m.params().params().get(name))
                .map(Param::value)
                .map(t -> t.cast(DType.F64));
    }

    /** exp(-a sum D) for the slowest rate a of a channel: no larger share of a norm is left. */
    public double bound(int d) {
        return mean(l -> Ops.exp(l.between(d).mul(l.rates().neg().max(1).neg()).neg()));
    }

    /** The share of the norm that is left of what was written with equal weight to all states. */
    public double norm(int d) {
        return mean(l -> Ops.sqrt(
                Ops.exp(l.between(d).unsqueeze(2).mul(l.rates()).mul(-2)).mean(2)));
    }

    private double mean(java.util.function.Function<Layer, Tensor> of) {
        return layers.stream()
                .mapToDouble(l -> of.apply(l).mean().item())
                .average()
                .orElseThrow();
    }
}
