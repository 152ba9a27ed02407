package org.layerzoo.core.op.linear;

/** Outputs from (inclusive) to (exclusive) along one axis whose input, at {@code offset + stride output}, is no padding. */
record Axis(int offset, int stride, int from, int to) {
    /** @param offset input position of output 0 */
    static Axis of(int offset, int stride, int inputs, int outputs) {
        int from = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
        int to = Math.min(outputs, Math.floorDiv(inputs - 1 - offset, stride) + 1);
        return new Axis(offset, stride, from, Math.max(from, to));
    }

    int x(int output) {
        return offset + stride * output;
    }

    /** Three numbers, {@code missing} in front of fewer. */
    static int[] leading(int[] values, int missing) {
        int[] out = {missing, missing, missing};
        System.arraycopy(values, 0, out, 3 - values.length, values.length);
        return out;
    }
}
