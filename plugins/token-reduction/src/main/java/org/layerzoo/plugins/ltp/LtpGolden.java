package org.layerzoo.plugins.ltp;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** The authors' pruners as ops on given attention probabilities; N is the width of the matrix, nothing is guarded. */
final class LtpGolden {
    private final GoldenCase c;
    private final Tensor mask;
    private final Tensor probs;
    private final Tensor alive;

    private LtpGolden(GoldenCase c) {
        this.c = c;
        this.mask = input("mask", "attention_mask");
        this.probs = input("probs", "attention_probs");
        this.alive = mask.ge(0).reshape(probs.dim(0), probs.dim(3));
    }

    private Tensor input(String name, String other) {
        return c.in().has(name) ? c.in().get(name) : c.in().get(other);
    }

    static Tensors run(GoldenCase c) {
        LtpGolden g = new LtpGolden(c);
        return switch (c.text("pruner", "absolute")) {
            case "absolute", "absolute_threshold", "AbsoluteThresholdTokenPruner" -> g.absolute();
            case "topk", "CascadeTokenPruner" -> g.topK();
            case "threshold", "ThresholdTokenPruner" -> g.relative(g.number("token_threshold", "keep"));
            case "rising_threshold", "RisingThresholdTokenPruner" -> g.relative(g.base());
            default ->
                throw new ZooException(
                        ErrorCode.BAD_CONFIG,
                        "case " + c.name() + ": unknown pruner '" + c.text("pruner")
                                + "', known are absolute, topk, threshold, rising_threshold");
        };
    }

    private double number(String key, String other) {
        return c.number(c.has(key) ? key : other);
    }

    private int layer() {
        return (int) number("module_num", "layer");
    }

    private int depth() {
        return (int) number("num_hidden_layers", "layers");
    }

    private double base() {
        return number("final_token_threshold", "final_threshold") * layer() / depth();
    }

    private Tensor theta() {
        Tensor delta = c.params()
                .find("keep_threshold")
                .or(() -> c.in().find("delta"))
                .orElseGet(() -> Tensor.full(probs.dtype(), c.number("delta", 0), 1));
        return c.params()
                .find("keep_threshold_base")
                .map(b -> delta.add(b))
                .orElseGet(() -> delta.add(base()))
                .reshape(1);
    }

    private Tensors absolute() {
        Tensor sum = Pruner.received(probs, alive);
        Tensor scores = sum.div(probs.dim(1) * probs.dim(2));
        Tensor theta = theta();
        Tensors out = kept(Pruner.absolute(scores, alive, theta))
                .with("scores", scores)
                .with("threshold", theta);
        if (!c.has("tau") && !c.has("temperature")) {
            return out;
        }
        Tensor m = Pruner.soft(scores, theta, number("temperature", "tau"));
        Tensors soft = out.with("soft_mask", m).with("mask", m);
        return c.in().find("hidden")
                .map(h -> soft.with("hidden", h.mul(m.unsqueeze(2))))
                .orElse(soft);
    }

    private Tensors topK() {
        Tensor sum = Pruner.received(probs, alive);
        double rate = Pruner.keepRate(layer(), depth(), number("token_keep_rate", "keep"));
        Tensor keep = rate == 1 ? alive : Pruner.topK(sum, lengths(), rate);
        return kept(keep).with("scores", sum);
    }

    /** Original lengths: given, or the width less the pads, or the tokens that are there. */
    private Tensor lengths() {
        if (c.has("lengths") || c.has("pads")) {
            var given = c.key(c.has("lengths") ? "lengths" : "pads");
            long[] n = new long[probs.dim(0)];
            for (int i = 0; i < n.length; i++) {
                n[i] = c.has("lengths")
                        ? given.get(i).asLong()
                        : probs.dim(3) - given.get(i).asLong();
            }
            return Tensor.of(n, n.length);
        }
        return alive.cast(DType.I64).sum(1);
    }

    private Tensors relative(double share) {
        Tensor sum = Pruner.received(probs, alive);
        return kept(share == 0 ? alive : Pruner.relative(sum, share)).with("scores", sum);
    }

    private Tensors kept(Tensor keep) {
        return Tensors.of(
                "keep", keep.cast(DType.I64), "alive", keep.cast(DType.I32).reshape(mask.shape()));
    }
}
