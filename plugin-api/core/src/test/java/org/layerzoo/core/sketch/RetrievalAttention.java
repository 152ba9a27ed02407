package org.layerzoo.core.sketch;

import java.util.ArrayDeque;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** retrieval-attention: a graph over keys on the host, searched by sequential Java; both parts meet by their log-sum-exp. */
final class RetrievalAttention {
    private RetrievalAttention() {}

    static State open(int batch) {
        Slot graph = new Slot.Host<>(new ArrayDeque<int[]>(), ArrayDeque::new, g -> 8L * g.size());
        return new State(batch).with("graph", graph).with("window", new Slot.Ring(2, 4, 512));
    }

    /** q [B, H, 1, d], keys and values of the whole context [B, H, T, d], those of the window beside. */
    static Tensor attend(Tensor q, Tensor k, Tensor v, Tensor windowK, Tensor windowV, int found) {
        Tensor ids = Ops.host(
                        "graph search",
                        List.of(q, k),
                        List.of(TensorSpec.of(org.layerzoo.core.tensor.DType.I64, found)),
                        in -> List.of(search(in.get(0), in.get(1), found)))
                .getFirst();
        Attended far = Fused.attend(q)
                .keys(Ops.indexSelect(k, 2, ids), Ops.indexSelect(v, 2, ids))
                .run();
        Attended near = Fused.attend(q).keys(windowK, windowV).run();
        return Fused.mergeLse(List.of(
                        new Fused.Part(far.o(), far.lse().orElseThrow()),
                        new Fused.Part(near.o(), near.lse().orElseThrow())))
                .o();
    }

    private static Tensor search(Tensor q, Tensor k, int found) {
        int t = k.dim(2);
        Integer[] order = new Integer[t];
        double[] score = new double[t];
        for (int j = 0; j < t; j++) {
            order[j] = j;
            for (int c = 0; c < k.dim(3); c++) {
                score[j] += q.get(0, 0, 0, c) * k.get(0, 0, j, c);
            }
        }
        java.util.Arrays.sort(order, (a, b) -> Double.compare(score[b], score[a]));
        long[] ids = new long[found];
        for (int i = 0; i < found; i++) {
            ids[i] = order[i];
        }
        return Tensor.of(ids, found);
    }
}
