package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;

/** A machine without the NVIDIA driver, whatever this one has. */
class NoDriverTest {
    static {
        System.setProperty("layerzoo.cuda.library", "/nowhere/libcuda.so.1");
    }

    private final Backend backend = new CudaBackend();

    @Test
    void aMissingLibraryIsAStateWithTheWayOutOfIt() {
        Backend.Availability a = backend.availability();
        assertFalse(a.usable());
        assertEquals("no NVIDIA driver (/nowhere/libcuda.so.1 cannot be loaded)", a.summary());
        assertTrue(a.remedy().orElseThrow().startsWith("install NVIDIA driver 495.29 or newer"), a.toString());
        assertTrue(a.remedy().orElseThrow().contains("--gpus all"), a.toString());
    }

    @Test
    void whatTheSummarySaysIsNotSaidAgainAsADetail() {
        assertEquals(List.of(), backend.availability().details());
        assertEquals(List.of(), backend.diagnose().details());
    }

    @Test
    void aDeviceAskedForByNumberIsRefusedWithTheSameWords() {
        ZooException e = assertThrows(ZooException.class, () -> backend.on("0"));
        assertEquals(ErrorCode.NO_BACKEND, e.code());
        assertTrue(e.getMessage().contains("no NVIDIA driver"), e.getMessage());
        assertTrue(e.getMessage().contains("install NVIDIA driver"), e.getMessage());
    }

    @Test
    void autoMayTakeItWhereItIsUsable() {
        assertTrue(backend.automatic());
    }
}
