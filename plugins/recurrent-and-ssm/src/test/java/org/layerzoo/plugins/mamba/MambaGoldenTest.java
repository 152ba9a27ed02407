package org.layerzoo.plugins.mamba;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** The map of selective_scan_ref against a loop written from its definition. */
class MambaGoldenTest {
    private static final int B = 2;
    private static final int E = 6;
    private static final int N = 3;
    private static final int T = 5;
    private final Draws draws = Draws.seeded(3);

    private Tensor normal(String name, int... dims) {
        return draws.normal(name, DType.F64, dims);
    }

    private Tensors scan(Tensors in, boolean softplus) {
        GoldenCase c = new GoldenCase(
                "mamba",
                "scan",
                "op",
                Configs.mapper().createObjectNode().put("delta_softplus", softplus),
                in,
                Tensors.empty(),
                Optional.empty());
        return MambaGolden.all(new MambaProvider()).stream()
                .filter(g -> g.accepts(c))
                .findFirst()
                .orElseThrow()
                .run(c);
    }

    @Test
    void scanOfGroupedInputsEqualsTheLoopOfItsDefinition() {
        Tensors in = Tensors.of("u", normal("u", B, E, T), "delta", normal("delta", B, E, T))
                .with("A", normal("A", E, N).mul(-1).sub(1))
                .with("B", normal("B", B, 2, N, T))
                .with("C", normal("C", B, 2, N, T))
                .with("D", normal("D", E))
                .with("z", normal("z", B, E, T))
                .with("delta_bias", normal("delta_bias", E));
        double[] y = new double[B * E * T];
        for (int b = 0; b < B; b++) {
            for (int e = 0; e < E; e++) {
                double[] h = new double[N];
                for (int t = 0; t < T; t++) {
                    double u = at(in, "u", b, e, t);
                    double dt = Math.log1p(Math.exp(at(in, "delta", b, e, t) + at(in, "delta_bias", e)));
                    double sum = at(in, "D", e) * u;
                    for (int n = 0; n < N; n++) {
                        h[n] = Math.exp(dt * at(in, "A", e, n)) * h[n] + dt * at(in, "B", b, e / 3, n, t) * u;
                        sum += at(in, "C", b, e / 3, n, t) * h[n];
                    }
                    double z = at(in, "z", b, e, t);
                    y[(b * E + e) * T + t] = sum * z / (1 + Math.exp(-z));
                }
            }
        }
        assertEquals(0, Errors.relative(scan(in, true).get("y"), Tensor.of(y, B, E, T)), 1e-12);
    }

    @Test
    void constantInputMatricesEqualTheSameOnesAtEveryToken() {
        Tensor b = normal("B", E, N);
        Tensor c = normal("C", E, N);
        Tensors in = Tensors.of(
                        "u",
                        normal("u", B, E, T),
                        "delta",
                        normal("delta", B, E, T).mul(0.1))
                .with("A", normal("A", E, N).mul(-1));
        Tensors constant = scan(in.with("B", b).with("C", c), false);
        Tensor everyB = b.unsqueeze(0).unsqueeze(-1).expand(B, E, N, T);
        Tensor everyC = c.unsqueeze(0).unsqueeze(-1).expand(B, E, N, T);
        Tensors full = scan(in.with("B", everyB).with("C", everyC), false);
        assertEquals(0, Errors.relative(constant.get("y"), full.get("y")), 1e-14);
        assertEquals(0, Errors.relative(constant.get("last_state"), full.get("last_state")), 1e-14);
    }

    private static double at(Tensors in, String name, int... place) {
        Tensor t = in.get(name);
        int flat = 0;
        for (int i = 0; i < place.length; i++) {
            flat = flat * t.dim(i) + place[i];
        }
        return t.toDoubles()[flat];
    }
}
