package org.layerzoo.core.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.LayerRef;
import tools.jackson.databind.JsonNode;

class ConfigsTest {
    enum Pool {
        MEAN,
        MAX_VALUE
    }

    sealed interface Router {
        record TopK(
                @Doc("how many") @Range(min = 1, max = 8) int k) implements Router {}

        record Threshold(
                @Doc("from which score on") @Range(min = 0, max = 1)
                double tau) implements Router {}
    }

    record Heads(
            @Doc("query heads") @Range(min = 1) @Role(Role.Kind.HEADS)
            int count,

            @Doc("head size") int size) {}

    record Sample(
            @Doc("width") @Range(min = 1, max = 4096) @Role(Role.Kind.DIM)
            int dim,

            @Doc("base") double base,
            @Doc("bias") boolean bias,
            @Doc("name") String name,
            @Doc("pooling") Pool pool,
            @Doc("dilations") @Range(min = 1) List<Integer> dilation,
            @Doc("rank") @Range(min = 1) Optional<Integer> rank,
            @Doc("heads") Heads heads,
            @Doc("router") Router router,
            @Doc("inner layer") LayerRef inner,
            @Doc("released quirk") @Hidden boolean quirk) {
        Sample {
            if (dim % heads.count() != 0) {
                throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads.count() + " heads");
            }
        }
    }

    private static Sample defaults() {
        return new Sample(
                64,
                10000,
                true,
                "a",
                Pool.MEAN,
                List.of(1, 2),
                Optional.empty(),
                new Heads(4, 16),
                new Router.TopK(2),
                LayerRef.of("mamba"),
                false);
    }

    @Test
    void everyKindOfComponentSurvivesARoundTrip() {
        Sample s = new Sample(
                128,
                1.5,
                false,
                "b",
                Pool.MAX_VALUE,
                List.of(),
                Optional.of(3),
                new Heads(8, 2),
                new Router.Threshold(0.25),
                new LayerRef("deltanet", Map.of("heads", 2)),
                true);
        assertEquals(s, Configs.read(defaults(), Configs.toJson(s)));
        assertEquals(defaults(), Configs.read(defaults(), Configs.mapper().createObjectNode()));
    }

    @Test
    void optionsReachNestedRecordsEnumsListsAndAlternatives() {
        Sample s = Configs.set(
                defaults(),
                Map.of(
                        "dim",
                        "96",
                        "heads.count",
                        "6",
                        "pool",
                        "max-value",
                        "dilation",
                        "[4,8]",
                        "router",
                        "{\"type\":\"threshold\",\"tau\":0.5}",
                        "rank",
                        "7",
                        "name",
                        "plain words"));
        assertEquals(96, s.dim());
        assertEquals(new Heads(6, 16), s.heads());
        assertEquals(Pool.MAX_VALUE, s.pool());
        assertEquals(List.of(4, 8), s.dilation());
        assertEquals(new Router.Threshold(0.5), s.router());
        assertEquals(Optional.of(7), s.rank());
        assertEquals("plain words", s.name());
    }

    @Test
    void allMistakesAreToldAtOnceWithPathExpectationAndValue() {
        ZooException e = assertThrows(
                ZooException.class,
                () -> Configs.set(
                        defaults(),
                        Map.of(
                                "dim",
                                "5000",
                                "bias",
                                "3",
                                "heads.cuont",
                                "2",
                                "dilation",
                                "[0,1]",
                                "pool",
                                "sum",
                                "base",
                                "\"x\"",
                                "router.k",
                                "9")));
        assertEquals(ErrorCode.BAD_CONFIG, e.code());
        for (String part : List.of(
                "'dim' must be in 1..4096, given 5000",
                "'bias' must be true or false, given 3",
                "unknown option 'heads.cuont': expected one of [count, size]",
                "'dilation[0]' must be at least 1, given 0",
                "'pool' must be one of [mean, max-value]",
                "'base' must be a number",
                "'router.k' must be in 1..8, given 9")) {
            assertTrue(e.getMessage().contains(part), part + " is missing from: " + e.getMessage());
        }
    }

    @Test
    void aRecordsOwnCheckIsAConfigError() {
        ZooException e = assertThrows(ZooException.class, () -> Configs.set(defaults(), Map.of("dim", "65")));
        assertTrue(e.getMessage().contains("dim 65 does not divide into 4 heads"), e.getMessage());
    }

    @Test
    void integersAreNotSilentlyRounded() {
        assertThrows(ZooException.class, () -> Configs.set(defaults(), Map.of("dim", "64.5")));
        assertThrows(ZooException.class, () -> Configs.set(defaults(), Map.of("dim", "99999999999")));
    }

    @Test
    void theSchemaShowsTypesRangesDefaultsRolesAndAlternatives() {
        JsonNode s = Configs.schema(defaults());
        JsonNode p = s.get("properties");
        assertEquals("integer", p.at("/dim/type").asString());
        assertEquals(4096, p.at("/dim/maximum").asInt());
        assertEquals("dim", p.at("/dim/x-role").asString());
        assertEquals(64, p.at("/dim/default").asInt());
        assertEquals("[\"mean\",\"max-value\"]", p.at("/pool/enum").toString());
        assertEquals(1, p.at("/dilation/items/minimum").asInt());
        assertEquals("threshold", p.at("/router/oneOf/1/properties/type/const").asString());
        assertEquals("query heads", p.at("/heads/properties/count/description").asString());
        assertTrue(p.at("/quirk/x-hidden").asBoolean());
        assertEquals(Optional.of("heads.count"), Roles.path(Sample.class, Role.Kind.HEADS));
        assertEquals(Optional.of(4), Roles.read(defaults(), Role.Kind.HEADS));
    }
}
