package org.layerzoo.runner.serve;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** The Open Inference Protocol's names of element types, and the bytes that travel under them. */
public enum Datatype {
    BOOL(1, DType.BOOL),
    UINT8(1, DType.I32),
    INT32(4, DType.I32),
    INT64(8, DType.I64),
    FP16(2, DType.F16),
    BF16(2, DType.BF16),
    FP32(4, DType.F32),
    FP64(8, DType.F64);

    private final int bytes;
    private final DType dtype;

    Datatype(int bytes, DType dtype) {
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /** The name under which tensors of a type are sent. */
    public static Datatype of(DType dtype) {
        return Arrays.stream(values())
                .filter(d -> d != UINT8 && d.dtype == dtype)
                .findFirst()
                .orElseThrow();
    }

    static Datatype named(String name) {
        return Arrays.stream(values())
                .filter(d -> d.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ServeException(
                        "bad-input", "expected a datatype of " + Arrays.toString(values()) + ", given '" + name + "'"));
    }

    /** Bytes of a tensor of this type and shape. */
    long bytes(Shape shape) {
        return shape.size() * bytes;
    }

    /** Reads a tensor out of a body; UINT8 is widened to 32 bits. */
    Tensor read(byte[] body, long from, Shape shape) {
        Tensor t = Tensor.allocate(new TensorSpec(dtype, shape));
        MemorySegment to = t.segment();
        MemorySegment source = MemorySegment.ofArray(body).asSlice(from, bytes(shape));
        switch (this) {
            case UINT8 -> {
                for (long i = 0; i < source.byteSize(); i++) {
                    to.set(ValueLayout.JAVA_INT_UNALIGNED, 4 * i, source.get(ValueLayout.JAVA_BYTE, i) & 0xFF);
                }
            }
            case BOOL -> {
                for (long i = 0; i < source.byteSize(); i++) {
                    to.set(ValueLayout.JAVA_BYTE, i, (byte) (source.get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1));
                }
            }
            default -> to.copyFrom(source);
        }
        return t;
    }

    /** The bytes of a tensor as they are sent. */
    static byte[] write(Tensor t) {
        return t.segment().toArray(ValueLayout.JAVA_BYTE);
    }
}
