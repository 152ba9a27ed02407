package org.layerzoo.core.tensor;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** Element types. BF16 and F16 are storage types: arithmetic on them is done in F32 and rounded once an op (half to even). */
public enum DType {
    F32(4, "F32", true),
    F64(8, "F64", true),
    BF16(2, "BF16", true),
    F16(2, "F16", true),
    I64(8, "I64", false),
    I32(4, "I32", false),
    BOOL(1, "BOOL", false);

    private final int bytes;
    private final String safetensorsName;
    private final boolean floating;

    DType(int bytes, String safetensorsName, boolean floating) {
        this.bytes = bytes;
        this.safetensorsName = safetensorsName;
        this.floating = floating;
    }

    public int bytes() {
        return bytes;
    }

    public String safetensorsName() {
        return safetensorsName;
    }

    public boolean isFloating() {
        return floating;
    }

    public boolean isInteger() {
        return this == I64 || this == I32;
    }

    /** The dtype a user names on the command line: f32, f64, bf16, f16. */
    public static DType parse(String name) {
        for (DType d : values()) {
            if (d.name().equalsIgnoreCase(name)) {
                return d;
            }
        }
        throw new ZooException(
                ErrorCode.BAD_DTYPE, "unknown dtype '" + name + "': expected f32, f64, bf16, f16, i64, i32 or bool");
    }
}
