package org.layerzoo.cpuvector.op.attend;

/** Transposes between rows of n floats and lanes [n, PANEL], four at a time: one row alone would write a line for each float. */
final class Turn {
    private static final int PANEL = Lanes.PANEL;

    private Turn() {}

    /** Four rows from {@code at} on become four lanes from {@code to} on, times a factor. */
    static void rows(float[] m, int at, int n, int to, float factor) {
        int a1 = at + n;
        int a2 = a1 + n;
        int a3 = a2 + n;
        for (int p = 0; p < n; p++) {
            int t = to + p * PANEL;
            m[t] = m[at + p] * factor;
            m[t + 1] = m[a1 + p] * factor;
            m[t + 2] = m[a2 + p] * factor;
            m[t + 3] = m[a3 + p] * factor;
        }
    }

    /** Four lanes become four rows from {@code at} on, each times its own of the four factors. */
    static void lanes(float[] m, int from, int factors, int n, int at) {
        float f0 = m[factors];
        float f1 = m[factors + 1];
        float f2 = m[factors + 2];
        float f3 = m[factors + 3];
        int a1 = at + n;
        int a2 = a1 + n;
        int a3 = a2 + n;
        for (int p = 0; p < n; p++) {
            int f = from + p * PANEL;
            m[at + p] = m[f] * f0;
            m[a1 + p] = m[f + 1] * f1;
            m[a2 + p] = m[f + 2] * f2;
            m[a3 + p] = m[f + 3] * f3;
        }
    }
}
