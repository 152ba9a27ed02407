package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SteadyStateTest {
    @Test
    void whatRunsAgainAllocatesNothingOffThePools() throws IOException, InterruptedException {
        ChildJvm.Result r = ChildJvm.run(SteadyState.class, List.of(), 30);
        assertEquals(0, r.exit(), r.output());
        assertTrue(r.output().lines().filter(l -> l.startsWith("steady: ")).count() >= 50, r.output());
        assertFalse(r.output().contains("grows: "), r.output());
    }
}
