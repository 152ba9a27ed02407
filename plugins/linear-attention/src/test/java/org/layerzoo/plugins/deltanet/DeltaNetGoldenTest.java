package org.layerzoo.plugins.deltanet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What the maps of DeltaNet's cases do with masks and states. */
class DeltaNetGoldenTest {
    private final DeltaNetProvider provider = new DeltaNetProvider();
    private final Draws draws = Draws.seeded(5);

    private Tensors run(String level, String config, Tensors in, Tensors params) {
        GoldenCase c = new GoldenCase(
                "deltanet", "case", level, Configs.mapper().readTree(config), in, params, Optional.empty());
        return DeltaNetGolden.all(provider).stream()
                .filter(g -> g.accepts(c))
                .findFirst()
                .orElseThrow()
                .run(c);
    }

    @Test
    void paddedTokensOnAnySideLeaveTheOthersAsIfAlone() {
        Tensors params = Models.build(
                        "",
                        provider,
                        provider.defaults(Size.TINY),
                        Models.Options.of(1).with(DType.F64))
                .params()
                .values();
        String config = "{\"hidden_size\":8,\"num_heads\":2}";
        Tensor x = draws.normal("x", DType.F64, 2, 5, 8);
        Tensor mask = Tensor.of(new long[] {0, 0, 1, 1, 1, 1, 1, 1, 1, 0}, 2, 5);
        Tensor y = run("layer", config, Tensors.of("x", x, "attention_mask", mask), params)
                .get("y");
        Tensor first = run("layer", config, Tensors.of("x", x.slice(0, 0, 1).slice(1, 2, 5)), params)
                .get("y");
        Tensor second = run("layer", config, Tensors.of("x", x.slice(0, 1, 2).slice(1, 0, 4)), params)
                .get("y");
        assertEquals(0, Errors.relative(y.slice(0, 0, 1).slice(1, 2, 5), first), 1e-12);
        assertEquals(0, Errors.relative(y.slice(0, 1, 2).slice(1, 0, 4), second), 1e-12);
        assertEquals(0, Errors.norm(y.slice(0, 0, 1).slice(1, 0, 2)));
        assertEquals(0, Errors.norm(y.slice(0, 1, 2).slice(1, 4, 5)));
    }

    @Test
    void theStateOfAFirstPartIsTakenUpUnderAnyName() {
        Tensors all = Tensors.of("q", draws.normal("q", DType.F64, 1, 2, 6, 3))
                .with("k", draws.normal("k", DType.F64, 1, 2, 6, 3).mul(0.3))
                .with("v", draws.normal("v", DType.F64, 1, 2, 6, 4))
                .with("beta", draws.uniform("beta", DType.F64, 1, 2, 6));
        Tensors a = run("op", "{\"scale\":\"K^-0.5\"}", all.map(t -> t.slice(2, 0, 4)), Tensors.empty());
        Tensors rest = all.map(t -> t.slice(2, 4, 6)).with("S_0", a.get("final_state"));
        Tensors b = run("op", "{\"initial_state\":true}", rest, Tensors.empty());
        Tensors whole = run("op", "{}", all, Tensors.empty());
        assertEquals(0, Errors.relative(Ops.concat(2, a.get("o"), b.get("o")), whole.get("o")), 1e-12);
        ZooException e =
                assertThrows(ZooException.class, () -> run("op", "{\"initial_state\":true}", all, Tensors.empty()));
        assertTrue(e.getMessage().contains("initial state"), e.getMessage());
    }
}
