package org.layerzoo.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * An attention whose head outputs are changed before the output projection (as LoFiT does, section 3): z_h <- (1 + A_h) * z_h + v_h,
 * at every position. It is a tap on the site attn.heads [B H T d], so the attention itself stays as it is.
 *
 * @param scales A_h [d] of each head that has one
 * @param offsets v_h [d] of each head that has one
 */
public record HeadEdit(Streaming attention, List<Optional<Param>> scales, List<Optional<Param>> offsets)
        implements Streaming {
    /** The site that is edited. */
    public static final String SITE = HeadedLayer.HEADS;

    /** Every head by its A. */
    public static HeadEdit scaling(Streaming attention, List<Param> scales) {
        return new HeadEdit(attention, all(scales), none(scales));
    }

    /** Every head by its v. */
    public static HeadEdit shifting(Streaming attention, List<Param> offsets) {
        return new HeadEdit(attention, none(offsets), all(offsets));
    }

    private static List<Optional<Param>> all(List<Param> vectors) {
        return vectors.stream().map(Optional::of).toList();
    }

    private static List<Optional<Param>> none(List<Param> vectors) {
        return Collections.nCopies(vectors.size(), Optional.empty());
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return attention.forward(in, call.with(edited(call.taps())));
    }

    @Override
    public State open(Opening opening) {
        return attention.open(opening);
    }

    @Override
    public Tensors advance(Tensors in, State state, Call call) {
        return attention.advance(in, state, call.with(edited(call.taps())));
    }

    @Override
    public List<Site> sites() {
        return attention.sites();
    }

    private Taps edited(Taps outer) {
        return new Taps() {
            @Override
            public boolean wants(String site) {
                return site.equals(SITE) || outer.wants(site);
            }

            @Override
            public Tensor at(String site, Tensor value) {
                return outer.at(site, site.equals(SITE) ? edit(value) : value);
            }
        };
    }

    private Tensor edit(Tensor z) {
        Tensor scaled = scales.stream().allMatch(Optional::isEmpty)
                ? z
                : z.mul(rows(scales, z).add(1));
        return offsets.stream().allMatch(Optional::isEmpty) ? scaled : scaled.add(rows(offsets, z));
    }

    /** [H, 1, d], zero for heads without a vector. */
    private static Tensor rows(List<Optional<Param>> vectors, Tensor z) {
        List<Tensor> out = new ArrayList<>();
        for (Optional<Param> p : vectors) {
            out.add(p.map(Param::value)
                    .orElseGet(() -> Tensor.zeros(z.dtype(), z.dim(3)))
                    .unsqueeze(0));
        }
        return Ops.stack(0, out);
    }
}
