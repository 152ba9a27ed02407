package org.layerzoo.plugins.vig.check;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.vig.VigConfig;
import org.layerzoo.plugins.vig.VigConfig.Gate;
import org.layerzoo.plugins.vig.VigConfig.Local;
import org.layerzoo.plugins.vig.VigModelConfig;
import org.layerzoo.plugins.vig.VigModelConfig.Ffn;
import org.layerzoo.plugins.vig.VigModelConfig.Stage;
import org.layerzoo.plugins.vig.VigModelConfig.Stem;
import org.layerzoo.plugins.vig.VigModelProvider;
import org.layerzoo.plugins.vig.VigProvider;

/** The backbone against one written out from the sheet. */
public final class VigModelChecks {
    private VigModelChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("backbone: patches, positions, blocks, mean, head", VigModelChecks::plain),
                new Check("backbone: two convolutions in front and four stages", VigModelChecks::hierarchical),
                new Check("backbone: branches drop in training only", VigModelChecks::dropped));
    }

    private static Model model(CheckContext c, VigModelConfig config) {
        Model m = Models.build(
                "",
                new VigModelProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        // Norms of 1 and biases of 0 would hide which of them is read.
        m.params().values().names().forEach(n -> {
            Tensor old = m.params().values().get(n);
            m.params()
                    .param(n)
                    .set(old.add(
                            c.draws().normal(n, DType.F64, old.shape().dims()).mul(0.1)));
        });
        return m;
    }

    private static void plain(CheckContext c) {
        for (Ffn ffn : Ffn.values()) {
            agree(c, new VigModelConfig(3, 5, 2, Stem.PATCHES, 3, List.of(new Stage(12, 2, 2)), true, ffn, 0.5, 4));
        }
    }

    private static void hierarchical(CheckContext c) {
        List<Stage> stages = List.of(new Stage(8, 2, 1), new Stage(12, 2, 2), new Stage(16, 2, 1), new Stage(24, 3, 1));
        agree(c, new VigModelConfig(9, 6, 4, Stem.CONVOLUTIONS, 3, stages, false, Ffn.SWIGLU, 0, 4));
    }

    private static void agree(CheckContext c, VigModelConfig config) {
        Model m = model(c, config);
        Tensor image = c.normal64("image", 2, 3, config.height() * config.patch(), config.width() * config.patch());
        Tensor given = m.forward(Tensors.of("image", image), Call.eval()).get("logits");
        c.close("logits", given, new Naive(config, m.params().values(), c).logits(image), 1e-10);
    }

    private static void dropped(CheckContext c) {
        VigModelConfig config =
                new VigModelConfig(3, 4, 2, Stem.PATCHES, 3, List.of(new Stage(8, 2, 2)), true, Ffn.MLP, 0.9, 4);
        Model m = model(c, config);
        Tensors in = Tensors.of("image", c.normal64("image", 8, 3, 6, 8));
        Tensor still = m.forward(in, Call.eval()).get("logits");
        Tensor trained = m.forward(in, Call.train(0, c.draws())).get("logits");
        c.isTrue("training drops", Errors.relative(trained, still) > 1e-3);
        c.close("evaluation doesn't", m.forward(in, Call.eval()).get("logits"), still, 0);
    }

    /** The sheet's backbone in plain loops and elementary ops; only the mixer is the plugin's own. */
    private record Naive(VigModelConfig c, Tensors w, CheckContext context) {
        Tensor logits(Tensor image) {
            boolean patches = c.stem() == Stem.PATCHES;
            Tensor map = patches
                    ? conv(image, "patch_embed.proj", c.patch(), 0)
                    : norm2d(
                            conv(
                                    Ops.silu(norm2d(
                                            conv(image, "patch_embed.proj.0", c.patch() / 2, 1), "patch_embed.proj.1")),
                                    "patch_embed.proj.3",
                                    2,
                                    1),
                            "patch_embed.proj.4");
            if (c.positions()) {
                map = map.add(w.get("pos_embed").permute(0, 2, 1).reshape(1, map.dim(1), map.dim(2), map.dim(3)));
            }
            int block = 0;
            for (int s = 0; s < c.stages().size(); s++) {
                if (s > 0) {
                    map = norm2d(conv(map, "downsample." + s + ".0", 2, 1), "downsample." + s + ".1");
                }
                for (int i = 0; i < c.stages().get(s).depth(); i++) {
                    map = block(map, c.stages().get(s).heads(), "blocks." + block++ + ".");
                }
            }
            Tensor tokens = tokens(map);
            Tensor mean = rms(tokens, "norm.weight").mean(1);
            return mean.matmulT(w.get("head.weight")).add(w.get("head.bias"));
        }

        private Tensor block(Tensor map, int heads, String at) {
            Tensor x = tokens(map);
            VigConfig mixer = new VigConfig(
                    x.dim(2), heads, map.dim(2), map.dim(3), 0.5, new Gate(16, 16, 0), new Local(true, false), false);
            Model m = Models.build(
                    "",
                    new VigProvider(),
                    mixer,
                    Models.Options.of(context.draws().seed()).with(DType.F64));
            m.params().values().names().forEach(n -> m.params().param(n).set(w.get(at + "attn." + n)));
            Tensors in = Tensors.of("x", rms(x, at + "attn_norm.weight"));
            x = x.add(m.forward(in, Call.eval()).get("y"));
            x = x.add(ffn(rms(x, at + "mlp_norm.weight"), at + "mlp."));
            return x.permute(0, 2, 1).reshape(map.shape().dims());
        }

        private Tensor ffn(Tensor x, String at) {
            if (c.ffn() == Ffn.MLP) {
                Tensor h = x.matmulT(w.get(at + "fc1.weight")).add(w.get(at + "fc1.bias"));
                return h.div(Ops.exp(h.neg()).add(1))
                        .matmulT(w.get(at + "fc2.weight"))
                        .add(w.get(at + "fc2.bias"));
            }
            Tensor gate = x.matmulT(w.get(at + "gate_proj.weight"));
            Tensor up = x.matmulT(w.get(at + "up_proj.weight"));
            return gate.div(Ops.exp(gate.neg()).add(1)).mul(up).matmulT(w.get(at + "down_proj.weight"));
        }

        private Tensor rms(Tensor x, String weight) {
            return x.div(Ops.sqrt(Ops.square(x).meanKeep(2).add(1e-6))).mul(w.get(weight));
        }

        private static Tensor tokens(Tensor map) {
            return map.reshape(map.dim(0), map.dim(1), map.dim(2) * map.dim(3)).permute(0, 2, 1);
        }

        private Tensor norm2d(Tensor map, String at) {
            Tensor x = tokens(map);
            Tensor centred = x.sub(x.meanKeep(2));
            Tensor y = centred.div(Ops.sqrt(Ops.square(centred).meanKeep(2).add(1e-5)))
                    .mul(w.get(at + ".weight"))
                    .add(w.get(at + ".bias"));
            return y.permute(0, 2, 1).reshape(map.shape().dims());
        }

        private Tensor conv(Tensor map, String at, int stride, int zeros) {
            Tensor k = w.get(at + ".weight");
            int side = k.dim(2);
            int h = (map.dim(2) + 2 * zeros - side) / stride + 1;
            int wide = (map.dim(3) + 2 * zeros - side) / stride + 1;
            double[] out = new double[map.dim(0) * k.dim(0) * h * wide];
            for (int n = 0, at0 = 0; n < map.dim(0); n++) {
                for (int o = 0; o < k.dim(0); o++) {
                    for (int p = 0; p < h * wide; p++) {
                        int y = p / wide * stride - zeros;
                        int x = p % wide * stride - zeros;
                        out[at0++] = w.get(at + ".bias").get(o) + pixel(map, k, n, o, y, x);
                    }
                }
            }
            return Tensor.of(out, map.dim(0), k.dim(0), h, wide);
        }

        private static double pixel(Tensor map, Tensor k, int n, int o, int y, int x) {
            double sum = 0;
            for (int i = 0; i < k.dim(1) * k.dim(2) * k.dim(3); i++) {
                int ch = i / (k.dim(2) * k.dim(3));
                int dy = i / k.dim(3) % k.dim(2);
                int dx = i % k.dim(3);
                if (y + dy >= 0 && y + dy < map.dim(2) && x + dx >= 0 && x + dx < map.dim(3)) {
                    sum += map.get(n, ch, y + dy, x + dx) * k.get(o, ch, dy, dx);
                }
            }
            return sum;
        }
    }
}
