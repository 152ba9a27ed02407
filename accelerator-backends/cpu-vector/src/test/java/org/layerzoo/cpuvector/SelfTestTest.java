package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Backend;

class SelfTestTest {
    /** Prints what the self-test of a fresh process finds. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            Backend.Availability a = new CpuVectorBackend().diagnose();
            System.out.println(a.summary() + " | " + a.remedy().orElse("no remedy"));
        }
    }

    private static String freshProcess(String flag) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        flag,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName()))
                .redirectErrorStream(true)
                .start();
        String output = new String(p.getInputStream().readAllBytes());
        assertEquals(0, p.waitFor(), output);
        return output;
    }

    @Test
    void aFreshProcessWithTheLaunchersFlagsIsHealthyAndNeedsNoRemedy() throws IOException, InterruptedException {
        String output = freshProcess("-XX:Tier3DelayOn=100000");
        assertTrue(output.contains("healthy") && output.contains("no remedy"), output);
    }

    @Test
    void vectorCodeThatTheOptimisingCompilerNeverSeesIsNoticedWithItsRemedy() throws IOException, InterruptedException {
        String output = freshProcess("-XX:TieredStopAtLevel=1");
        assertTrue(output.contains("was not compiled") && output.contains("-XX:Tier3DelayOn=100000"), output);
    }

    /** A body that takes so many ns at first, and so many after a while. */
    private static SelfTest.Loop loop(long slow, long fast, long slowFor) {
        long start = System.nanoTime();
        return new SelfTest.Loop(() -> {
            long now = System.nanoTime();
            long end = now + (now - start < slowFor ? slow : fast);
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void codeThatIsCompiledLateIsWaitedFor() {
        SelfTest.Loop late = loop(200_000, 5_000, 1_000_000_000L);
        double ratio = SelfTest.compare(late, loop(20_000, 20_000, 0), 20_000_000_000L);
        assertTrue(ratio > 1.5, "ratio " + ratio);
    }

    @Test
    void codeThatStaysSlowIsToldWhenTimeIsUp() {
        SelfTest.Loop never = loop(200_000, 200_000, 0);
        double ratio = SelfTest.compare(never, loop(20_000, 20_000, 0), 1_000_000_000L);
        assertTrue(ratio < 1, "ratio " + ratio);
    }

    @Test
    void theVerdictAndTheRemedyBelongTogether() {
        SelfTest.Result r = SelfTest.result();
        assertTrue(r.speedRatio() > 0 && r.gflops() > 0);
        assertEquals(Width.FLOATS.vectorBitSize(), r.bits());
        assertEquals(r.verdict().equals("healthy"), r.remedy().isEmpty());
    }
}
