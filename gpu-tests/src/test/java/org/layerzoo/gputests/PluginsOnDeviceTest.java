package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.testkit.rules.Portability;

/** Level 3 of a few plugins, from their jars; {@code zoo verify --all --level 3} does it for all. */
class PluginsOnDeviceTest {
    private static final String BACKEND = "oneapi:opencl";
    private static final long SEED = 1;
    private static Plugins plugins;

    @BeforeAll
    static void open() {
        plugins = Plugins.in(List.of(Path.of(System.getProperty("zoo.test.plugins"))));
    }

    @AfterAll
    static void close() {
        plugins.close();
    }

    private static Portability.Result result(String ref) {
        return Portability.of((LayerProvider<?>) plugins.find(ref).orElseThrow(), BACKEND, SEED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deltanet", "mamba", "dinat", "mamba-360/s4d"})
    void aLayerAgreesWithTheReferenceAndNoneOfItsFusedOpsFallsBack(String ref) {
        Portability.Result r = result(ref);
        assertTrue(r.passed(), r.toString());
        assertEquals(Map.of(), r.fallbacks());
    }

    @ParameterizedTest
    @CsvSource({"ltp, attend", "urpe, attend_gradient"})
    void whatFallsBackIsSaidAndTheLayerAgreesNonetheless(String ref, String op) {
        Portability.Result r = result(ref);
        assertTrue(r.passed(), r.toString());
        assertTrue(
                r.fallbacks().keySet().stream().allMatch(k -> k.startsWith(op)),
                r.fallbacks().toString());
    }
}
