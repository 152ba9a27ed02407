package org.layerzoo.nn.memory;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Activations of the past, oldest first; slots are not there before they are filled, so nothing has to be masked.
 *
 * @param compressed [B, up to ncm, D] @param recent [B, up to nm, D]
 */
public record Memories(Tensor compressed, Tensor recent) {
    public static Memories empty(DType dtype, int batch, int dim) {
        return new Memories(Tensor.zeros(dtype, batch, 0, dim), Tensor.zeros(dtype, batch, 0, dim));
    }

    /** The next memories, and what was compressed of what; both of length 0 when nothing fell out. */
    public record Moved(Memories next, Tensor old, Tensor made) {}

    /** Takes in a segment. @param mass attention paid to compressed, recent and segment, [B, S] @param nm most that are recent @param ncm most that are compressed */
    public Moved push(Tensor segment, Tensor mass, int nm, int ncm, Compression f) {
        Tensor all = Ops.concat(1, recent, Ops.stop(segment));
        int n = all.dim(1);
        int out = Math.max(0, n - nm);
        Tensor old = all.slice(1, 0, out);
        int at = compressed.dim(1);
        Tensor made = out == 0 ? old : f.apply(old, mass.slice(1, at, at + out));
        // One unroll: what was made of this segment is trained by the next, and by no later one.
        Tensor kept = f.unrolls() ? made : Ops.stop(made);
        Tensor more = Ops.concat(1, Ops.stop(compressed), kept);
        int m = more.dim(1);
        Tensor last = more.slice(1, Math.max(0, m - ncm), m);
        return new Moved(new Memories(last, all.slice(1, out, n)), old, made);
    }

    public Tensor all() {
        return Ops.concat(1, compressed, recent);
    }
}
