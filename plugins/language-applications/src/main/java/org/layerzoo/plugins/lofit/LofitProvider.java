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
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
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
    private static final Slot SUBJECT =
            new Slot("subject", List.of(HeadEdit.SITE), "a model with self-attention layers");

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
        return List.of(SUBJECT);
    }

    @Override
    public Recipe create(LofitConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Task t = task.orElseThrow(() -> ZooException.badArgument("lofit needs a task whose loss it minimises"));
        return new LofitRecipe(c, SUBJECT.of(subjects, "lofit"), t::loss);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("LlamaAttention", c -> c.in().has("x"), LofitProvider::attention));
    }

    /** The released attention: A and v of every head, "scale", "bias" or "both" of them in use. */
    private static Tensors attention(GoldenCase c) {
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
        HeadEdit edited = new HeadEdit(a, scales, offsets);
        Tensors x = Tensors.of("x", c.in().get("x"));
        Tensors out =
                c.in().size() == 1 ? edited.forward(x, Call.eval()) : edited.advance(x, cached(edited, c), Call.eval());
        return Tensors.of("y", out.get("y"));
    }

    /** The state after {@code past} tokens: their rotated keys and their values [B, kv_heads, past, d], whatever they are called. */
    private static State cached(HeadEdit attention, GoldenCase c) {
        List<String> names = c.in().names().stream().filter(n -> !n.equals("x")).toList();
        Optional<String> keys = names.stream().filter(n -> n.contains("k")).findFirst();
        Optional<String> values = names.stream().filter(n -> !n.contains("k")).findFirst();
        if (names.size() != 2 || keys.isEmpty() || values.isEmpty()) {
            throw new ZooException(
                    ErrorCode.BAD_CONFIG,
                    "case " + c.name() + ": x, cached keys and cached values expected, given " + c.in().names());
        }
        State s = attention.open(Opening.of(c.in().get("x").dim(0)).with(c.dtype()));
        s.growing("k").append(c.in().get(keys.get()));
        s.growing("v").append(c.in().get(values.get()));
        s.advance(c.in().get(keys.get()).dim(2));
        return s;
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
