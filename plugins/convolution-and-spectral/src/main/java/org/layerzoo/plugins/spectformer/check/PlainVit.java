package org.layerzoo.plugins.spectformer.check;

import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.spectformer.SpectFormerConfig;

/** A plain vision transformer without class token, written out step by step over the parameters of a model. */
record PlainVit(SpectFormerConfig c, ParamTree tree) {
    Tensor logits(Tensor image) {
        int batch = image.dim(0);
        int p = c.patch();
        // [B, C, a, p, b, p] -> [B, a b, C p p]: a patch as one row, channels first.
        Tensor rows = image.reshape(batch, c.channels(), c.height(), p, c.width(), p)
                .permute(0, 2, 4, 1, 3, 5)
                .reshape(batch, c.height() * c.width(), c.channels() * p * p);
        Tensor w = value("patch_embed.proj.weight").reshape(c.dim(), c.channels() * p * p);
        Tensor x = rows.matmulT(w).add(value("patch_embed.proj.bias")).add(value("pos_embed"));
        for (int i = 0; i < c.depth(); i++) {
            String at = "blocks." + i + ".";
            x = x.add(attention(at + "attn.", normed(at + "norm1", x)));
            Tensor hidden = Ops.gelu(linear(at + "mlp.fc1", normed(at + "norm2", x)));
            x = x.add(linear(at + "mlp.fc2", hidden));
        }
        return linear("head", normed("norm", x).mean(1));
    }

    private Tensor attention(String at, Tensor x) {
        Tensor qkv = linear(at + "qkv", x);
        int d = c.dim() / c.heads();
        Tensor[] heads = new Tensor[c.heads()];
        for (int h = 0; h < c.heads(); h++) {
            Tensor q = qkv.slice(2, h * d, (h + 1) * d);
            Tensor k = qkv.slice(2, c.dim() + h * d, c.dim() + (h + 1) * d);
            Tensor v = qkv.slice(2, 2 * c.dim() + h * d, 2 * c.dim() + (h + 1) * d);
            Tensor e = Ops.exp(q.matmulT(k).div(Math.sqrt(d)));
            heads[h] = e.div(e.sumKeep(2)).matmul(v);
        }
        return linear(at + "proj", Ops.concat(2, heads));
    }

    private Tensor normed(String name, Tensor x) {
        Tensor centred = x.sub(x.meanKeep(2));
        Tensor unit = centred.div(Ops.sqrt(Ops.square(centred).meanKeep(2).add(c.eps())));
        return unit.mul(value(name + ".weight")).add(value(name + ".bias"));
    }

    private Tensor linear(String name, Tensor x) {
        return x.matmulT(value(name + ".weight")).add(value(name + ".bias"));
    }

    private Tensor value(String name) {
        return tree.param(name).value();
    }
}
