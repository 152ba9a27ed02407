package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WidthTest {
    /** A width is chosen once a process, so each one gets a process. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void allCasesHoldAtEveryVectorWidth(int bits) throws IOException, InterruptedException {
        ChildJvm.Result r = ChildJvm.run(AllCases.class, List.of("-D" + Width.OVERRIDE + "=" + bits), 5);
        assertEquals(0, r.exit(), r.output());
        assertTrue(r.output().contains(" cases at " + bits + " bit"), r.output());
    }
}
