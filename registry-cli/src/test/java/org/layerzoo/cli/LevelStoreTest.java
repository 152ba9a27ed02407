package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.node.ObjectNode;

class LevelStoreTest {
    @TempDir
    private Path home;

    @Test
    void aBackendCountsWhereAllLayersOfTheJarPassed() {
        LevelStore store = new LevelStore(home);
        assertEquals(List.of(), store.devices("0123456789"));
        store.write("0123456789", (ObjectNode) Configs.mapper().readTree("""
                {"levels": {"3": "failed"}, "devices": [
                  {"backend": "oneapi:opencl", "passed": true}, {"backend": "oneapi:opencl", "passed": true},
                  {"backend": "cuda", "passed": true}, {"backend": "cuda:1", "passed": false}]}"""));
        assertEquals(List.of("oneapi"), store.devices("0123456789"));
    }
}
