package org.layerzoo.registry.serving;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Element types of the protocol that the zoo's tensors have. */
enum Datatype {
    BOOL(1),
    UINT8(1),
    INT32(4),
    INT64(8),
    FP16(2),
    BF16(2),
    FP32(4),
    FP64(8);

    static final String ALL = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));

    private final int bytes;

    Datatype(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    /** Whether JSON has numbers for it: there is no text for 16-bit floats in the protocol. */
    boolean json() {
        return this != FP16 && this != BF16;
    }

    static Optional<Datatype> named(String name) {
        return Arrays.stream(values()).filter(d -> d.name().equals(name)).findFirst();
    }

    /** Types whose every value this type holds: a tensor of such a type may be given where this one is expected. */
    Set<Datatype> accepts() {
        return switch (this) {
            case BOOL -> EnumSet.of(BOOL);
            case UINT8 -> EnumSet.of(UINT8);
            case INT32 -> EnumSet.of(INT32, UINT8);
            case INT64 -> EnumSet.of(INT64, INT32, UINT8);
            case FP16 -> EnumSet.of(FP16);
            case BF16 -> EnumSet.of(BF16);
            case FP32 -> EnumSet.of(FP32, FP16, BF16);
            case FP64 -> EnumSet.of(FP64, FP32, FP16, BF16);
        };
    }
}
