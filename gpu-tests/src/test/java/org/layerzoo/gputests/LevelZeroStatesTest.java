package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.oneapi.levelzero.LevelZero;

/** Machines on which Level Zero cannot be used say so, with what to do; other drivers stay usable. */
class LevelZeroStatesTest {
    private static final Primitive NEGATE = new Primitive.Unary(Primitive.UnaryFn.NEG);

    static Stream<Arguments> states() {
        return Stream.of(
                Arguments.of("-DINIT_RESULT=0x78000001", "no driver (zeInit answers uninitialized", "libze-intel-gpu1"),
                Arguments.of("-DINIT_RESULT=0x70000001", "zeInit answers device lost", "libze-intel-gpu1"),
                Arguments.of("-DDEVICES=0", "a driver, but no device", "/dev/dri/renderD*"),
                Arguments.of("-DAPI_VERSION=0x5b", "its driver speaks Level Zero 0.91", "install a newer driver"),
                Arguments.of("-DSPIRV_VERSION=0", "its driver takes no SPIR-V", "install a newer driver"),
                Arguments.of("-DSPIRV_VERSION=0x10001", "SPIR-V up to 1.1, 1.2 is needed", "install a newer driver"),
                Arguments.of("-DOLD_LOADER", "has no function zeCommandListAppendBarrier", "newer Level Zero loader"));
    }

    @ParameterizedTest
    @MethodSource("states")
    void whatIsMissingIsNamedWithItsRemedy(String fault, String what, String remedy) {
        Backend b = LevelZeroShim.backend(fault);
        String said = String.join("\n", b.availability().details());
        assertTrue(said.contains(what), said);
        assertTrue(said.contains(remedy), said);
        ZooException e = assertThrows(ZooException.class, () -> b.on("level-zero"));
        assertEquals(ErrorCode.NO_BACKEND, e.code());
        assertTrue(e.getMessage().contains(what), e.getMessage());
        assertTrue(b.availability().usable(), "OpenCL stays usable");
    }

    @Test
    void aMachineWithoutLoaderSaysWhatToInstall() {
        LevelZero.Report r = LevelZeroShim.withLibrary("/nowhere/libze_loader.so.1", LevelZero::look);
        assertEquals("no loader (libze_loader.so.1)", r.problem().orElseThrow());
        assertTrue(r.remedy().orElseThrow().contains("install the Level Zero loader (libze1)"));
        assertTrue(r.devices().isEmpty());
    }

    @Test
    void aLevelZeroDeviceIsChosenBeforeAnOpenClDevice() {
        Backend b = LevelZeroShim.backend();
        assertTrue(
                b.availability().summary().startsWith("level-zero:0 shim over"),
                b.availability().summary());
        assertThrows(ZooException.class, () -> b.on("level-zero:7"));
    }

    @Test
    void memoryThatIsFullIsSaidSo() {
        Backend b = LevelZeroShim.backend("-DMEMORY=16777216").on("level-zero");
        Tensor x = Tensor.of(DType.F32, new double[] {1, 2, 3}, 3);
        assertEquals(-2, b.execute(NEGATE, List.of(x)).getFirst().toDoubles()[1]);
        Tensor large = Tensor.zeros(DType.F32, 1 << 20, 8);
        ZooException e = assertThrows(ZooException.class, () -> b.execute(NEGATE, List.of(large)));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().contains("has no memory left for 33554432 bytes"), e.getMessage());
    }

    @Test
    void kernelsThatDoNotBuildBringTheCompilersWords() {
        Device d = LevelZeroShim.device();
        ZooException e = assertThrows(ZooException.class, () -> d.load(new byte[] {1, 2, 3, 4}, "garbage.f32"));
        assertEquals(ErrorCode.PLUGIN_FAILED, e.code());
        assertTrue(e.getMessage().contains("kernels garbage.f32 do not build on shim"), e.getMessage());
        assertTrue(e.getMessage().contains("module build failure"), e.getMessage());
        assertFalse(e.getMessage().contains("no build log"), e.getMessage());
    }
}
