package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.DType;

/**
 * A named input or output.
 *
 * @param axes axis letters separated by blanks, e.g. "B T D", "B H T d", "E=2 M" (a fixed size), "" (a scalar); T is the token axis
 */
public record Port(String name, String axes, DType dtype, PortRole role, String doc) {
    public static Port in(String name, String axes, String doc) {
        return new Port(name, axes, DType.F32, PortRole.REQUIRED, doc);
    }

    public static Port optional(String name, String axes, String doc) {
        return new Port(name, axes, DType.F32, PortRole.OPTIONAL, doc);
    }

    public static Port out(String name, String axes, String doc) {
        return new Port(name, axes, DType.F32, PortRole.REQUIRED, doc);
    }

    public static Port aux(String name, String axes, String doc) {
        return new Port(name, axes, DType.F32, PortRole.AUXILIARY, doc);
    }

    public static Port carry(String name, String axes, String doc) {
        return new Port(name, axes, DType.F32, PortRole.CARRY, doc);
    }

    public Port as(DType type) {
        return new Port(name, axes, type, role, doc);
    }

    public String[] axisNames() {
        return axes.isBlank() ? new String[0] : axes.trim().split("\\s+");
    }

    /** Position of the token axis T, or -1. */
    public int tokenAxis() {
        return java.util.Arrays.asList(axisNames()).indexOf("T");
    }
}
