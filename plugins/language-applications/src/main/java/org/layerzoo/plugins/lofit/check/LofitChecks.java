package org.layerzoo.plugins.lofit.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Channels;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.NormKind;
import org.layerzoo.nn.host.Positions;
import org.layerzoo.plugins.lofit.LofitConfig;
import org.layerzoo.plugins.lofit.LofitRecipe;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;

/** The Checks of the LoFiT sheet, on a language model of 2 layers and 8 heads. */
public final class LofitChecks {
    private static final int DEPTH = 2;
    private static final int HEADS = 4;
    private static final int HEAD_DIM = 4;
    private static final int VOCAB = 12;

    private LofitChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: zero vectors reproduce the base model", LofitChecks::zeroVectors),
                new Check("check-2: merged bias equals the offsets", LofitChecks::merged),
                new Check("check-3: only the declared tensors are trained", LofitChecks::onlyDeclared),
                new Check("check-4: trainable counts", LofitChecks::counts),
                new Check("check-5: a planted head ranks first", LofitChecks::plantedHead),
                new Check("check-6: more L1, smaller scalings", LofitChecks::sparsity),
                new Check("check-7: an offset is linear in the residual stream", LofitChecks::linearity),
                new Check("check-8: planted heads are found", LofitChecks::plantedHeads));
    }

    private static Model model(long seed) {
        CausalLmConfig c = new CausalLmConfig(
                VOCAB,
                HEADS * HEAD_DIM,
                HEADS,
                DEPTH,
                Mixer.attention(),
                Channels.gelu(32),
                NormKind.LAYER,
                Positions.LEARNED,
                16,
                false);
        Model m = Models.build("lm", new CausalLmProvider(c), c, Models.Options.of(seed));
        // A model as after training: every head writes something, the head reads it.
        m.params()
                .params()
                .values()
                .forEach(p -> p.set(p.value()
                        .mul(p.path().endsWith("weight") && p.spec().shape().rank() == 2 ? 2 : 1)));
        return m;
    }

    private static LofitConfig config(int heads, double sparsity, int steps) {
        return new LofitConfig(
                heads, sparsity, new LofitConfig.Stage(steps, 2e-2, 0), new LofitConfig.Stage(steps, 2e-2, 0));
    }

    private static final BiFunction<Tensors, Tensors, Tensor> NEXT =
            (out, batch) -> Fused.crossEntropy(out.get("y"), batch.get("target"), -100);

    private static Tensors batch(CheckContext c, String name) {
        return Tensors.of(
                "tokens",
                c.draws().integers(name, 0, VOCAB, 2, 10),
                "target",
                c.draws().integers(name + ".target", 0, VOCAB, 2, 10));
    }

    private static LofitRecipe trained(CheckContext c, Model m, LofitConfig config, int stages) {
        LofitRecipe r = new LofitRecipe(config, m, NEXT);
        new Trainer(TrainOptions.inMemory(), RunContext.quiet(1))
                .run(r.stages().subList(0, stages), index -> batch(c, "b" + index % 4));
        return r;
    }

    private static Tensor logits(Model m, Tensors batch) {
        return m.forward(Tensors.of("tokens", batch.get("tokens")), Call.eval()).get("y");
    }

    private static void zeroVectors(CheckContext c) {
        Model m = model(1);
        LofitRecipe r = new LofitRecipe(config(2, 1e-3, 1), m, NEXT);
        Tensors x = batch(c, "x");
        c.same("A = 0", logits(r.scaled(), x), logits(m, x));
        c.same("v = 0", logits(r.offset(), x), logits(m, x));
    }

    private static void merged(CheckContext c) {
        LofitRecipe r = trained(c, model(2), config(3, 1e-3, 6), 2);
        Tensors x = batch(c, "x");
        c.isTrue("tuning changed the model", Errors.relative(logits(r.offset(), x), logits(model(2), x)) > 1e-4);
        c.close("merged", logits(r.finished(), x), logits(r.offset(), x), 1e-5);
    }

    private static void onlyDeclared(CheckContext c) {
        Model m = model(3);
        Map<String, Tensor> before = new HashMap<>();
        m.params().params().forEach((path, p) -> before.put(path, p.value()));
        LofitRecipe r = trained(c, m, config(3, 1e-3, 4), 2);
        before.forEach((path, t) ->
                c.same("base parameter " + path, m.params().param(path).value(), t));
        Set<String> expected = new HashSet<>();
        r.selected().forEach(h -> expected.add("lofit." + h.path() + ".v." + h.index()));
        Set<String> moved = new HashSet<>();
        r.offset().params().params().values().stream()
                .filter(p -> p.path().contains(".v.") && Errors.norm(p.value()) > 0)
                .map(Param::path)
                .forEach(moved::add);
        c.equal("vectors that moved", moved, expected);
    }

    private static void counts(CheckContext c) {
        LofitRecipe r = new LofitRecipe(config(3, 1e-3, 1), model(4), NEXT);
        c.equal("stage 1", count(r.stages().get(0)), (long) DEPTH * HEADS * HEAD_DIM);
        c.equal("stage 2", count(r.stages().get(1)), 3L * HEAD_DIM);
    }

    private static long count(TrainStage s) {
        return s.model().params().trainable().stream()
                .filter(s.trainable())
                .mapToLong(p -> p.spec().shape().size())
                .sum();
    }

    /** Scales the columns of W_o of the heads that are not kept. */
    private static void silence(Model m, Set<String> keep, double factor) {
        for (int l = 0; l < DEPTH; l++) {
            Param p = m.params().param("block." + l + ".attn.o_proj.weight");
            double[] w = p.value().toDoubles();
            for (int i = 0; i < w.length; i++) {
                int head = i % (HEADS * HEAD_DIM) / HEAD_DIM;
                w[i] *= keep.contains(l + "." + head) ? 1 : factor;
            }
            p.set(Tensor.of(DType.F32, w, p.spec().shape().dims()));
        }
    }

    private static String key(LofitRecipe.Head h) {
        return h.path().split("\\.")[1] + "." + h.index();
    }

    private static void plantedHead(CheckContext c) {
        Model m = model(5);
        silence(m, Set.of("1.2"), 0);
        LofitRecipe r = trained(c, m, config(1, 0, 6), 1);
        c.equal("first head", key(r.ranked().getFirst()), "1.2");
        c.equal(
                "scaling of a silent head",
                Errors.norm(r.scaled().params().param("lofit.block.0.attn.A.0").value()),
                0.0);
    }

    private static void sparsity(CheckContext c) {
        double last = Double.POSITIVE_INFINITY;
        for (double lambda : new double[] {0, 0.01, 1}) {
            LofitRecipe r = trained(c, model(6), config(1, lambda, 15), 1);
            double sum = 0;
            for (Param p : r.scaled().params().params().values()) {
                sum += p.path().contains(".A.") ? Ops.abs(p.value()).sum().item() : 0;
            }
            c.isTrue("sum |A| with lambda " + lambda + " is " + sum + ", below " + last, sum < last);
            last = sum;
        }
    }

    /** v on head i at every position is W_o[:, i] v added to the attention's output, hence to the residual stream. */
    private static void linearity(CheckContext c) {
        Model m = model(7);
        LofitRecipe r = new LofitRecipe(config(1, 0, 1), m, NEXT);
        Tensor v = c.normal("v", HEAD_DIM);
        r.offset().params().param("lofit.block.0.attn.v.1").set(v);
        Tensors x = batch(c, "x");
        Taps.Recorder before = Taps.recording("block.0.out");
        Taps.Recorder after = Taps.recording("block.0.out");
        Tensor wo = m.params().param("block.0.attn.o_proj.weight").value().slice(1, HEAD_DIM, 2 * HEAD_DIM);
        Tensor shift = wo.matmul(v.unsqueeze(1)).squeeze(1);
        Model other = model(7);
        Param bias = other.params().param("block.0.attn.o_proj.bias");
        bias.set(bias.value().add(shift));
        r.offset().forward(Tensors.of("tokens", x.get("tokens")), Call.eval().with(after));
        other.forward(Tensors.of("tokens", x.get("tokens")), Call.eval().with(before));
        c.close(
                "residual stream",
                after.seen().get("block.0.out"),
                before.seen().get("block.0.out"),
                1e-5);
        c.isTrue("the offset acts", Errors.relative(logits(r.offset(), x), logits(m, x)) > 1e-4);
    }

    private static void plantedHeads(CheckContext c) {
        Model m = model(8);
        Set<String> planted = Set.of("0.1", "0.3", "1.0", "1.1", "1.2");
        silence(m, planted, 0.02);
        LofitRecipe r = trained(c, m, config(5, 1e-3, 25), 1);
        long found = r.selected().stream().filter(h -> planted.contains(key(h))).count();
        c.isTrue(found + " of 5 planted heads found", found >= 4);
    }
}
