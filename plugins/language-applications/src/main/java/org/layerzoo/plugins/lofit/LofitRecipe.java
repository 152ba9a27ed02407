package org.layerzoo.plugins.lofit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadEdit;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.train.Inputs;

/**
 * Localised fine-tuning (LoFiT, section 3): first scalings A of all heads are trained with L1 and their norms rank the
 * heads; then offsets v of the best K are trained alone. The base model is never changed; v ends as a bias of W_o:
 * b_o + sum_h W_o[:, h] v_h.
 */
public final class LofitRecipe implements Recipe {
    /** A head by the path of its attention and its index there. */
    public record Head(String path, int index) {
        String name(String kind) {
            return "lofit." + path + "." + kind + "." + index;
        }
    }

    private final LofitConfig c;
    private final Model base;
    private final BiFunction<Tensors, Tensors, Tensor> loss;
    private final SequencedMap<String, SelfAttention> attentions;
    private final ParamTree scaleTree;
    private final ParamTree offsetTree;
    private Optional<List<Head>> selected = Optional.empty();

    /** @param loss of (outputs, batch) */
    public LofitRecipe(LofitConfig config, Model base, BiFunction<Tensors, Tensors, Tensor> loss) {
        this.c = config;
        this.base = base;
        this.loss = loss;
        this.attentions = LayerTree.all(base.layer(), SelfAttention.class);
        int heads =
                attentions.values().stream().mapToInt(a -> a.options().heads()).sum();
        if (c.heads() > heads) {
            throw ZooException.badArgument("lofit: " + c.heads() + " heads to tune, but the subject has " + heads
                    + " heads that expose " + HeadEdit.SITE);
        }
        scaleTree = vectors("A", c.select().deviation());
        offsetTree = vectors("v", c.tune().deviation());
    }

    private ParamTree vectors(String kind, double deviation) {
        ParamTree t = base.params().extended();
        for (Head h : all()) {
            int d = attentions.get(h.path()).options().headDim();
            t.root().weight(h.name(kind), Init.normal(deviation), d);
        }
        return t;
    }

    private List<Head> all() {
        List<Head> out = new ArrayList<>();
        attentions.forEach(
                (path, a) -> IntStream.range(0, a.options().heads()).forEach(i -> out.add(new Head(path, i))));
        return out;
    }

    @Override
    public List<TrainStage> stages() {
        Objective sparse = (batch, s) -> {
            Tensor l1 = Tensor.scalar(base.params().dtype(), 0);
            for (Head h : all()) {
                l1 = l1.add(Ops.abs(scaleTree.param(h.name("A")).value()).sum());
            }
            return loss.apply(s.model().forward(Inputs.of(s.model(), batch), s.call()), batch)
                    .add(l1.mul(c.sparsity()));
        };
        Objective plain = (batch, s) -> loss.apply(s.model().forward(Inputs.of(s.model(), batch), s.call()), batch);
        // Which vectors are trained in the end is known when that stage begins.
        return List.of(
                stage("select", scaled(), sparse, p -> isVector(p, "A", all()), c.select()),
                stage("tune", offset(), plain, p -> isVector(p, "v", selected()), c.tune()));
    }

    private static TrainStage stage(String name, Model m, Objective o, Predicate<Param> trained, LofitConfig.Stage s) {
        return new TrainStage(name, m, o, trained, TrainStage.Optim.adamW(s.learningRate()), s.steps());
    }

    private static boolean isVector(Param p, String kind, List<Head> heads) {
        return heads.stream().anyMatch(h -> h.name(kind).equals(p.path()));
    }

    /** The model with (1 + A) on every head. */
    public Model scaled() {
        return edited(scaleTree, "A");
    }

    /** The model with + v on every head; those that are not selected stay zero. */
    public Model offset() {
        return edited(offsetTree, "v");
    }

    private Model edited(ParamTree tree, String kind) {
        Layer layer = base.layer();
        for (var e : attentions.entrySet()) {
            List<Param> vectors = IntStream.range(0, e.getValue().options().heads())
                    .mapToObj(i -> tree.param(new Head(e.getKey(), i).name(kind)))
                    .toList();
            HeadEdit edit = kind.equals("A")
                    ? HeadEdit.scaling(e.getValue(), vectors)
                    : HeadEdit.shifting(e.getValue(), vectors);
            layer = LayerTree.replace(layer, e.getKey(), edit);
        }
        return new Model(base.id(), layer, tree, base.signature(), base.config());
    }

    /** S_h = ||A_h||_2 of every head, best first; ties in order of the model. */
    public List<Head> ranked() {
        return all().stream()
                .sorted(Comparator.comparingDouble(
                        (Head h) -> -Errors.norm(scaleTree.param(h.name("A")).value())))
                .toList();
    }

    /** The K best heads as the selection left them; fixed from the first call on. */
    public List<Head> selected() {
        if (selected.isEmpty()) {
            selected = Optional.of(ranked().subList(0, c.heads()));
        }
        return selected.get();
    }

    /** v merged into the biases of the output projections: the base model's layers and no overhead. */
    @Override
    public Model finished() {
        ParamTree tree = base.params().extended();
        Layer layer = base.layer();
        for (var e : attentions.entrySet()) {
            List<Head> here =
                    selected().stream().filter(h -> h.path().equals(e.getKey())).toList();
            if (!here.isEmpty()) {
                layer = LayerTree.replace(layer, e.getKey(), merged(e.getKey(), e.getValue(), here, tree));
            }
        }
        return new Model(base.id(), layer, tree, base.signature(), base.config());
    }

    private SelfAttention merged(String path, SelfAttention a, List<Head> heads, ParamTree tree) {
        Linear out = a.output();
        int d = a.options().headDim();
        Tensor w = out.weight().value();
        Tensor bias = out.bias().map(Param::value).orElseGet(() -> Tensor.zeros(w.dtype(), w.dim(0)));
        for (Head h : heads) {
            Tensor v = offsetTree.param(h.name("v")).value();
            Tensor block = w.slice(1, h.index() * d, (h.index() + 1) * d);
            bias = bias.add(block.matmul(v.unsqueeze(1)).squeeze(1));
        }
        Param p = tree.root().weight("lofit." + path + ".o_proj.bias", Init.zeros(), w.dim(0));
        p.set(bias);
        return a.withOutput(new Linear(out.weight(), Optional.of(p)));
    }
}
