package org.layerzoo.kernels.device;

import java.lang.foreign.MemorySegment;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;

/**
 * What a driver does for us, the same for CUDA, Level Zero and OpenCL. Addresses are pointers in the device's own memory, to which
 * bytes can be added. All of it may be called from any thread.
 */
public interface Device {
    /** As the driver names it. */
    String name();

    Gpu.Limits limits();

    /** CUDA compute capability times ten; 0 for what is no CUDA device. */
    default int computeCapability() {
        return 0;
    }

    /** Which compiled form of a kernel it takes. */
    Code code();

    enum Code {
        PTX("ptx"),
        SPIRV("spv");

        private final String ending;

        Code(String ending) {
            this.ending = ending;
        }

        public String ending() {
            return ending;
        }
    }

    /**
     * Memory on the device, aligned to at least 128 bytes.
     *
     * @throws org.layerzoo.core.ZooException OUT_OF_MEMORY
     */
    long allocate(long bytes);

    /** Frees what {@link #allocate} gave; nothing may be queued that uses it. */
    void free(long address);

    /** Loads compiled kernels. */
    Program load(byte[] code, String name);

    /** A new queue of work that runs in order. */
    Stream stream();

    /** Compiled kernels on the device. */
    interface Program {
        /** @throws org.layerzoo.core.ZooException if the program has no such kernel */
        Function function(String name);
    }

    /** A kernel; only the device that made it understands it. */
    interface Function {}

    /** A point in a stream, for one other stream to wait for once. */
    interface Mark {}

    /** Work in order. */
    interface Stream {
        void launch(Function function, Grid grid, PackedArgs args);

        /** Copies to the device; returns when {@code from} may be written again. */
        void upload(long to, MemorySegment from);

        /** Waits for all before it and copies to the host. */
        void download(MemorySegment to, long from);

        void copy(long to, long from, long bytes);

        Mark mark();

        /** What is queued from now on runs after {@code mark}. */
        void waitFor(Mark mark);

        /** Returns when all that is queued has run. */
        void await();

        /**
         * What is queued from now on is recorded and does not run.
         *
         * @throws org.layerzoo.core.ZooException UNSUPPORTED where the driver cannot
         */
        default void record() {
            throw new ZooException(
                    ErrorCode.UNSUPPORTED, "this device's driver records no work for replay: a CUDA device does");
        }

        /** Ends what {@link #record} began. */
        default Recording recorded() {
            throw new IllegalStateException("nothing is being recorded");
        }

        /** The driver's handle, for libraries that queue work of their own on the stream. */
        default long handle() {
            throw new UnsupportedOperationException("no library queues work on this driver's streams");
        }
    }

    /** Recorded work of a stream. */
    interface Recording extends AutoCloseable {
        /** Queues all of it on the stream that recorded it. */
        void replay();

        @Override
        void close();
    }
}
