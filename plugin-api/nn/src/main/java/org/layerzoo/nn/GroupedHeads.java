package org.layerzoo.nn;

import org.layerzoo.core.tensor.Tensor;

/** Key-value heads shared by groups of query heads: query head h reads head h Hkv / H. */
public final class GroupedHeads {
    private GroupedHeads() {}

    /** [B, Hkv, T, d] -> [B, H, T, d], each head repeated for its group. */
    public static Tensor expand(Tensor kv, int heads) {
        int kvHeads = kv.dim(1);
        if (kvHeads == heads) {
            return kv;
        }
        int group = heads / kvHeads;
        return kv.unsqueeze(2)
                .expand(kv.dim(0), kvHeads, group, kv.dim(2), kv.dim(3))
                .reshape(kv.dim(0), heads, kv.dim(2), kv.dim(3));
    }
}
