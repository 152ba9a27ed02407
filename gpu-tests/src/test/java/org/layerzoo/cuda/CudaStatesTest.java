package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;

/** What a user is told who has no device, an old driver, or a device that is not good enough. */
class CudaStatesTest {
    static {
        CudaShim.get("launches");
    }

    private static Backend.Availability look() {
        return CudaBackend.availability(Machine.look());
    }

    @Test
    void aDeviceIsShownWithItsMemoryItsCapabilityAndTheDriversFile() {
        Backend.Availability a = look();
        assertTrue(a.usable(), a.toString());
        assertEquals("cuda:0 Test GPU 0", a.summary());
        String details = String.join("\n", a.details());
        assertTrue(details.contains("libcuda-shim.so for CUDA 12.4"), details);
        assertTrue(details.contains("cuda:0 Test GPU 0, compute capability 9.0, 4.0 GiB, 4 multiprocessors"), details);
        assertTrue(a.remedy().isEmpty());
    }

    @Test
    void anOldDriverIsRefusedWithTheVersionToInstall() {
        CudaShim.with("version", 11040, () -> {
            Backend.Availability a = look();
            assertFalse(a.usable());
            assertEquals("the driver is too old, at least CUDA 11.5 expected", a.summary());
            assertTrue(a.details().getFirst().endsWith("for CUDA 11.4"), a.toString());
            assertTrue(a.remedy().orElseThrow().contains("495.29"), a.toString());
        });
    }

    @Test
    void aDriverWithoutADeviceSaysWhereToLook() {
        CudaShim.with("init", 100, () -> {
            Backend.Availability a = look();
            assertFalse(a.usable());
            assertTrue(a.summary().contains("no CUDA-capable device is detected"), a.toString());
            assertTrue(a.remedy().orElseThrow().contains("nvidia-smi"), a.toString());
        });
        CudaShim.with("devices", 0, () -> assertEquals("the driver sees no device", look().summary()));
    }

    @Test
    void aDriverThatDoesNotMatchItsKernelModuleAsksForARestart() {
        CudaShim.with("init", 803, () -> {
            assertFalse(look().usable());
            assertTrue(look().remedy().orElseThrow().contains("restart the machine"), look().toString());
        });
    }

    @Test
    void aDeviceOlderThanTuringIsListedAndRefused() {
        CudaShim.with("capability", 70, () -> {
            Backend.Availability a = look();
            assertFalse(a.usable());
            assertTrue(a.summary().contains("not usable, compute capability 7.5 or newer expected"), a.toString());
            assertTrue(a.remedy().orElseThrow().contains("Turing"), a.toString());
        });
    }

    @Test
    void aDeviceThatIsNotThereEndsWithWhatThereIs() {
        ZooException e = assertThrows(ZooException.class, () -> Dispatcher.backend("cuda:7"));
        assertEquals(ErrorCode.NO_BACKEND, e.code());
        assertTrue(e.getMessage().contains("no usable device '7'"), e.getMessage());
        assertTrue(e.getMessage().contains("cuda:0 Test GPU 0"), e.getMessage());
    }
}
