package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;

/** A block's numbers in a device's memory: of a result that was computed there, or of a block that was copied there once. */
public interface Resident {
    /** Whose memory it is: a backend knows its own by identity. */
    Object device();

    /** Waits until the numbers are there. */
    void await();

    /** Waits for the numbers and copies them all to the host. */
    void read(MemorySegment out);

    /** Gives the memory back; work that is queued on it runs to its end first. */
    void free();
}
