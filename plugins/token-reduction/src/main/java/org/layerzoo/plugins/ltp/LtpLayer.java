package org.layerzoo.plugins.ltp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.ltp.LtpConfig.Pruning;

/**
 * Learned token pruning (section 3), x [B, T, D] -> y [B, T, D] through L encoder layers. Layer l scores each token by the
 * attention that it receives and drops what stays below theta_l = base_l + delta_l, delta_l learned:
 *
 * <pre>
 * s_i = (1 / (H N)) sum_heads sum_queries A_ji;  hard: s_i >= max(theta, 1e-5);  soft: y_i = sigmoid((s_i - theta) / tau) y_i
 * </pre>
 *
 * N is the length of the sequence; dropped tokens are neither keys nor queries from the next layer on and end as 0. FLOPs
 * O(sum_l n_l D^2 + n_l^2 D) when compact, n_l tokens left. Equals AbsoluteThresholdTokenPruner of the authors.
 */
final class LtpLayer implements Layer {
    private static final String ALIVE = "alive";

    private final LtpConfig c;
    private final List<EncoderBlock> blocks = new ArrayList<>();
    private final List<Param> deltas = new ArrayList<>();

    LtpLayer(LtpConfig c, Params p) {
        this.c = c;
        boolean learned = c.pruning() instanceof Pruning.Soft || c.pruning() instanceof Pruning.Hard;
        for (int l = 0; l < c.depth(); l++) {
            blocks.add(EncoderBlock.of(p.at("layer." + l), c));
            if (learned) {
                String name = "layer." + l + ".pruner.keep_threshold";
                deltas.add(p.weight(name, Shape.of(1), Init.zeros(), new Param.Attr.NoDecay()));
            }
        }
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        if (x.dim(-1) != c.dim()) {
            throw ZooException.badShape("ltp: x [B, T, " + c.dim() + "] expected, given " + x.shape());
        }
        Batch b = Batch.of(x, call.seqs());
        Progress at = new Progress(b.x(), b.valid());
        for (int l = 0; l < c.depth(); l++) {
            at = c.compact() && !x.isAbstract() ? packed(l, at, b, call) : masked(l, at, b, call);
        }
        Tensor alive = at.alive().cast(x.dtype());
        call.aux().put(ALIVE, b.back(alive, call.seqs()));
        return Tensors.of("y", b.back(at.x().mul(alive.unsqueeze(2)), call.seqs()));
    }

    /** Tokens [S, T, D] and which of them are left. */
    private record Progress(Tensor x, Tensor alive) {}

    /** Dropped tokens stay in place, but no query sees them and their own rows do not count. */
    private Progress masked(int l, Progress at, Batch b, Call call) {
        EncoderBlock.Run run =
                blocks.get(l).run(at.x(), a -> a.keyMask(at.alive()).wants(new Wants(true, 0, false, 0)));
        Tensor sum = Pruner.received(run.attended().weights().orElseThrow(), at.alive());
        return prune(l, run.y(), sum, at.alive(), b, call);
    }

    /** Only the tokens left are computed, end to end in one row. */
    private Progress packed(int l, Progress at, Batch b, Call call) {
        int s = at.x().dim(0);
        int t = at.x().dim(1);
        Tensor places = Batch.places(at.alive());
        Tensor bounds = Pruner.bounds(at.alive());
        Tensor rows = Ops.indexSelect(at.x().reshape(s * t, c.dim()), 0, places).unsqueeze(0);
        EncoderBlock.Run run =
                blocks.get(l).run(rows, a -> a.packed(bounds, bounds).wants(new Wants(false, Wants.ALL, false, 0)));
        Tensor mass = run.attended().columnMass().orElseThrow().sum(1).squeeze(0); // [n]
        Tensor sum = Pruner.scattered(s * t, places, mass).reshape(s, t);
        Tensor y = Pruner.scattered(s * t, places, run.y().squeeze(0)).reshape(s, t, c.dim());
        return prune(l, y, sum, at.alive(), b, call);
    }

    private Progress prune(int l, Tensor y, Tensor sum, Tensor alive, Batch b, Call call) {
        Tensor n = b.lengths().cast(y.dtype()).unsqueeze(1);
        Tensor mean = call.taps().at(site(l), sum.div(n.mul(c.heads())));
        Tensor total = mean.mul(n).mul(c.heads());
        double rise = (double) l / c.depth();
        return switch (c.pruning()) {
            case Pruning.Soft p -> {
                Tensor m = Pruner.soft(mean, theta(l, p.finalThreshold()), p.tau());
                call.aux().loss("mask." + l, meanOver(m, b), p.lambda());
                yield new Progress(y.mul(m.unsqueeze(2)), alive);
            }
            case Pruning.Hard p -> kept(y, Pruner.absolute(mean, alive, theta(l, p.finalThreshold())), mean, alive);
            case Pruning.TopK p -> {
                double rate = Pruner.keepRate(l, c.depth(), p.keepRate());
                yield rate == 1 ? new Progress(y, alive) : kept(y, Pruner.topK(total, b.lengths(), rate), mean, alive);
            }
            case Pruning.Rising p ->
                l == 0
                        ? new Progress(y, alive)
                        : kept(y, Pruner.relative(total, p.finalThreshold() * rise), mean, alive);
            case Pruning.None p -> new Progress(y, alive);
        };
    }

    private Progress kept(Tensor y, Tensor keep, Tensor mean, Tensor alive) {
        return new Progress(y, Pruner.guarded(keep, mean, alive, c.keepFirst()));
    }

    private Tensor theta(int l, double finalThreshold) {
        return deltas.get(l).value().add(finalThreshold * l / c.depth());
    }

    /** Mean over the tokens of all sequences. */
    private static Tensor meanOver(Tensor m, Batch b) {
        Tensor valid = b.valid().cast(m.dtype());
        return m.mul(valid).sum().div(valid.sum());
    }

    private static String site(int l) {
        return "layer." + l + ".scores";
    }

    @Override
    public List<Site> sites() {
        // What nobody compares with a threshold changes nothing.
        return c.pruning() instanceof Pruning.None
                ? List.of()
                : IntStream.range(1, c.depth())
                        .mapToObj(l -> new Site(site(l), "B T"))
                        .toList();
    }
}
