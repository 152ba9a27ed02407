package org.layerzoo.plugins.mamba;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Mamba of modules/mamba_simple.py and selective_scan_ref of ops/selective_scan_interface.py. */
final class MambaGolden {
    private MambaGolden() {}

    static List<GoldenFunction> all(MambaProvider provider) {
        return List.of(
                GoldenFunction.of("layer", c -> c.level().equals("layer"), c -> layer(provider, c)),
                GoldenFunction.of("selective_scan", c -> c.level().equals("op"), MambaGolden::scan));
    }

    private static Tensors layer(MambaProvider provider, GoldenCase c) {
        MambaConfig config = new MambaConfig(
                c.integer("d_model"),
                c.integer("d_state", 16),
                c.integer("d_conv", 4),
                c.number("expand", 2),
                rank(c),
                c.flag("conv_bias", true),
                c.flag("bias", false));
        return Golden.model(provider, config, c, c.params()).forward(c.in(), Call.eval());
    }

    private static Optional<Integer> rank(GoldenCase c) {
        return c.has("dt_rank") && c.key("dt_rank").isNumber() ? Optional.of(c.integer("dt_rank")) : Optional.empty();
    }

    /** u, delta, z [B, E, T]; A [E, N]; B, C [E, N], [B, N, T] or [B, G, N, T]; D, delta_bias [E]. */
    private static Tensors scan(GoldenCase c) {
        Tensors in = c.in();
        Tensor u = in.get("u").permute(0, 2, 1);
        Tensor delta = in.get("delta").permute(0, 2, 1);
        Selective s = Fused.selectiveScan(u, delta, in.get("A"), grouped(in.get("B"), u), grouped(in.get("C"), u));
        in.find("delta_bias").ifPresent(s::deltaBias);
        in.find("D").ifPresent(s::skip);
        in.find("z").ifPresent(z -> s.gate(z.permute(0, 2, 1)));
        Selective.Scanned r = (c.flag("delta_softplus", false) ? s.softplus() : s).run();
        return Tensors.of("y", r.y().permute(0, 2, 1), "last_state", r.state());
    }

    /** B or C as [B, T, G, N]. */
    private static Tensor grouped(Tensor m, Tensor u) {
        return switch (m.rank()) {
            case 2 -> m.unsqueeze(0).unsqueeze(0).expand(u.dim(0), u.dim(1), m.dim(0), m.dim(1));
            case 3 -> m.permute(0, 2, 1).unsqueeze(2);
            case 4 -> m.permute(0, 3, 1, 2);
            default ->
                throw new ZooException(
                        ErrorCode.BAD_TENSORS,
                        "B and C [E, N], [B, N, T] or [B, G, N, T] expected, given " + m.shape());
        };
    }
}
