package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.host.TokenModel;
import org.layerzoo.plugins.nasefficienttransformers.Architecture.Unit;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig.Form;

/**
 * A pre-norm transformer whose weights are those of the largest network; any smaller one uses the leading rows and columns. Softmax and linear
 * attention share their projections. Translation: src I64 [B, S], tgt I64 [B, T] -> y [B, T, V], encoder and decoder, the embedding being the
 * output's too. Images: image [B, 1, s, s] -> y [B, K], an encoder of patches and a linear head on their mean.
 */
public final class SuperNet {
    private static final List<String> PROJECTIONS = List.of("q", "k", "v", "o");

    private final NasConfig c;
    private final Map<String, Param> weights = new LinkedHashMap<>();

    /** @param widest the network whose sizes the weights have */
    public SuperNet(NasConfig c, Architecture widest, Params p) {
        this.c = c;
        int d = widest.dim();
        switch (c.form()) {
            case Form.Translation t -> weight(p, "embed", Init.normal(0.1), t.vocab(), d);
            case Form.Images i -> {
                weight(p, "embed", Init.xavierUniform(1), d, i.patch() * i.patch());
                weight(p, "head", Init.xavierUniform(1), i.classes(), d);
            }
        }
        for (int i = 0; i < widest.encoder().size(); i++) {
            layer(p, "encoder." + i, d, widest.encoder().get(i), List.of("self"));
        }
        for (int i = 0; i < widest.decoder().size(); i++) {
            layer(p, "decoder." + i, d, widest.decoder().get(i), List.of("self", "cross"));
        }
        norm(p, "encoder.norm", d);
        if (!widest.decoder().isEmpty()) {
            norm(p, "decoder.norm", d);
        }
    }

    private void layer(Params p, String at, int d, Unit u, List<String> attentions) {
        for (String a : attentions) {
            PROJECTIONS.forEach(n -> weight(p, at + "." + a + "." + n, Init.xavierUniform(1), d, d));
            norm(p, at + "." + a + ".norm", d);
        }
        weight(p, at + ".fc1", Init.xavierUniform(1), u.hidden(), d);
        weight(p, at + ".fc2", Init.xavierUniform(1), d, u.hidden());
        norm(p, at + ".norm", d);
    }

    private void norm(Params p, String name, int d) {
        weight(p, name + ".weight", Init.ones(), d);
        weight(p, name + ".bias", Init.zeros(), d);
    }

    private void weight(Params p, String name, Init init, int... dims) {
        weights.put(name, p.weight(name, Shape.of(dims), init));
    }

    /** A network that is looked up at every forward. */
    public Layer network(Supplier<Architecture> which) {
        return new Layer() {
            @Override
            public Tensors forward(Tensors in, Call call) {
                return Tensors.of("y", run(in, which.get()));
            }
        };
    }

    /** The leading block of a weight with the sizes of a smaller network's. */
    private static Tensor leading(Tensor w, int... dims) {
        Tensor t = w;
        for (int i = 0; i < dims.length; i++) {
            t = t.slice(i, 0, dims[i]);
        }
        return t;
    }

    /** Sets the weights of a tree of a smaller network to the leading blocks of these. */
    public void copyTo(ParamTree smaller) {
        weights.forEach((name, p) -> {
            if (smaller.params().containsKey(name)) {
                Param to = smaller.param(name);
                to.set(leading(p.value(), to.spec().shape().dims()));
            }
        });
    }

    private Tensor linear(Tensor x, String name, int out) {
        return Fused.linear(x, leading(weights.get(name).value(), out, x.dim(-1)));
    }

    private Tensor norm(Tensor x, String name) {
        int d = x.dim(-1);
        return Fused.layerNorm(
                x,
                leading(weights.get(name + ".weight").value(), d),
                leading(weights.get(name + ".bias").value(), d),
                1e-5);
    }

    private Tensor run(Tensors in, Architecture a) {
        return switch (c.form()) {
            case Form.Translation t -> translated(in, t.vocab(), a);
            case Form.Images i -> {
                Tensor x = encoded(placed(linear(patches(in.get("image"), i), "embed", a.dim())), a)
                        .getLast();
                yield linear(x.mean(1), "head", i.classes());
            }
        };
    }

    /** Pixels of the patches, row by row: [B, n, p p]. */
    private static Tensor patches(Tensor image, Form.Images f) {
        int n = f.side() / f.patch();
        return image.reshape(image.dim(0), n, f.patch(), n, f.patch())
                .permute(0, 1, 3, 2, 4)
                .reshape(image.dim(0), n * n, f.patch() * f.patch());
    }

    /** Behind each encoder layer, normed. */
    private List<Tensor> encoded(Tensor embedded, Architecture a) {
        List<Tensor> encoded = new ArrayList<>();
        Tensor x = embedded;
        for (int i = 0; i < a.encoder().size(); i++) {
            String at = "encoder." + i;
            Unit u = a.encoder().get(i);
            x = x.add(attention(x, Optional.empty(), at + ".self", u.heads(), u.linear(), false));
            x = x.add(feedForward(x, at, u.hidden()));
            encoded.add(norm(x, "encoder.norm"));
        }
        return encoded;
    }

    private Tensor translated(Tensors in, int vocab, Architecture a) {
        List<Tensor> encoded = encoded(embedded(in.get("src"), vocab, a.dim()), a);
        Tensor y = embedded(in.get("tgt"), vocab, a.dim());
        for (int i = 0; i < a.decoder().size(); i++) {
            String at = "decoder." + i;
            Unit u = a.decoder().get(i);
            Tensor source = Ops.concat(1, encoded.subList(encoded.size() - u.sources(), encoded.size()));
            y = y.add(attention(y, Optional.empty(), at + ".self", u.heads(), u.linear(), true));
            y = y.add(attention(y, Optional.of(source), at + ".cross", u.heads(), u.crossLinear(), false));
            y = y.add(feedForward(y, at, u.hidden()));
        }
        Tensor out = norm(y, "decoder.norm");
        return Fused.linear(out, leading(weights.get("embed").value(), vocab, a.dim()));
    }

    private Tensor embedded(Tensor ids, int vocab, int d) {
        Tensor table = leading(weights.get("embed").value(), vocab, d);
        return placed(TokenModel.look(table, ids));
    }

    /** With sines and cosines of the places added. */
    private static Tensor placed(Tensor rows) {
        int n = rows.dim(1);
        int d = rows.dim(2);
        Tensor rate = Ops.exp(Ops.iota(DType.F64, d / 2).mul(-2.0 / d * Math.log(10000)));
        Tensor angle = Ops.iota(DType.F64, n).unsqueeze(1).mul(rate);
        Tensor places = Ops.concat(1, Ops.sin(angle), Ops.cos(angle)).mul(0.1).cast(rows.dtype());
        return rows.add(places).mul(Math.sqrt(d));
    }

    private Tensor attention(Tensor x, Optional<Tensor> source, String at, int heads, boolean linear, boolean causal) {
        Tensor here = norm(x, at + ".norm");
        Tensor from = source.orElse(here);
        int d = x.dim(2);
        Tensor q = Heads.split(linear(here, at + ".q", d), heads);
        Tensor k = Heads.split(linear(from, at + ".k", d), heads);
        Tensor v = Heads.split(linear(from, at + ".v", d), heads);
        Attention soft = Fused.attend(q).keys(k, v);
        Tensor o = linear ? CosFormer.read(q, k, v, c.farthest(), causal) : (causal ? soft.causal() : soft).o();
        return linear(Heads.merge(o), at + ".o", d);
    }

    private Tensor feedForward(Tensor x, String at, int hidden) {
        return linear(Ops.relu(linear(norm(x, at + ".norm"), at + ".fc1", hidden)), at + ".fc2", x.dim(2));
    }
}
