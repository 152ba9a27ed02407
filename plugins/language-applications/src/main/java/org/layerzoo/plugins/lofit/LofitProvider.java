package org.layerzoo.plugins.lofit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadEdit;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.plugins.lofit.check.LofitChecks;
import org.pf4j.Extension;

/** LoFiT: localised fine-tuning of attention heads. */
@Extension
public final class LofitProvider implements RecipeProvider<LofitConfig> {
    @Override
    public Class<LofitConfig> config() {
        return LofitConfig.class;
    }

    @Override
    public LofitConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                new LofitConfig(2, 1e-3, new LofitConfig.Stage(10, 5e-3, 0), new LofitConfig.Stage(10, 1e-2, 0));
            case TEST ->
                new LofitConfig(4, 1e-3, new LofitConfig.Stage(100, 5e-3, 0), new LofitConfig.Stage(100, 1e-2, 0));
            case PAPER ->
                new LofitConfig(32, 1e-3, new LofitConfig.Stage(1000, 5e-3, 0), new LofitConfig.Stage(1000, 1e-2, 0));
        };
    }

    @Override
    public List<Slot> slots() {
        return List.of(new Slot("subject", List.of(HeadEdit.SITE), "a model with self-attention layers"));
    }

    @Override
    public Recipe create(LofitConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Model subject = Optional.ofNullable(subjects.get("subject"))
                .orElseThrow(() -> new ZooException(ErrorCode.BAD_ARGUMENT, "lofit needs a subject"));
        Task t = task.orElseThrow(
                () -> new ZooException(ErrorCode.BAD_ARGUMENT, "lofit needs a task whose loss it minimises"));
        return new LofitRecipe(c, subject, t::loss);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("LlamaAttention", c -> c.in().has("x"), LofitProvider::attention));
    }

    /** The released attention: A and v of every head, "scale", "bias" or "both" of them in use. */
    private static Tensors attention(GoldenCase c) {
        if (c.integer("past", 0) != 0 && c.in().size() > 1) {
            throw new ZooException(
                    ErrorCode.BAD_CONFIG,
                    "cached keys of " + c.integer("past") + " past tokens are not mapped: given " + c.in().names());
        }
        int heads = c.integer("heads");
        ParamTree tree = new ParamTree(Draws.seeded(0), c.dtype());
        SelfAttention a = new SelfAttention(
                tree.root(),
                new SelfAttention.Options(
                        c.integer("hidden"),
                        heads,
                        c.integer("kv_heads", heads),
                        true,
                        false,
                        Optional.of(Rope.halves(c.number("rope_base", 10000)))));
        List<Optional<Param>> scales = new ArrayList<>();
        List<Optional<Param>> offsets = new ArrayList<>();
        String mode = c.text("mode", "both");
        for (int h = 0; h < heads; h++) {
            scales.add(vector(
                    tree, c, "attn_A." + h, !mode.equals("bias") || c.params().has("attn_A." + h)));
            offsets.add(vector(
                    tree, c, "attn_v." + h, !mode.equals("scale") || c.params().has("attn_v." + h)));
        }
        tree.load(c.params(), true);
        Call call = Call.eval();
        return Tensors.of(
                "y", new HeadEdit(a, scales, offsets).forward(c.in(), call).get("y"));
    }

    private static Optional<Param> vector(ParamTree tree, GoldenCase c, String name, boolean used) {
        return used && c.params().has(name)
                ? Optional.of(
                        tree.root().weight(name, Shape.of(c.integer("hidden") / c.integer("heads")), Init.zeros()))
                : Optional.empty();
    }

    @Override
    public List<Check> checks() {
        return LofitChecks.all();
    }
}
