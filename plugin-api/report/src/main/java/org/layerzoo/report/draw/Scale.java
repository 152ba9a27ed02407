package org.layerzoo.report.draw;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** From values to 0..1 along an axis, linear or logarithmic, with marks at round values. */
record Scale(double low, double high, boolean log) {
    /** Around the finite values; on a logarithmic axis those above 0. */
    static Scale around(double[] values, boolean log) {
        double[] v = Arrays.stream(values)
                .filter(x -> Double.isFinite(x) && (!log || x > 0))
                .toArray();
        double low = Arrays.stream(v).min().orElse(log ? 1 : 0);
        double high = Arrays.stream(v).max().orElse(log ? 10 : 1);
        if (low == high) {
            return log ? new Scale(low / 2, high * 2, true) : new Scale(low - 0.5, high + 0.5, false);
        }
        return new Scale(low, high, log);
    }

    boolean has(double v) {
        return Double.isFinite(v) && (!log || v > 0);
    }

    double place(double v) {
        return log ? (Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v - low) / (high - low);
    }

    List<Double> marks() {
        return log ? powers() : steps();
    }

    private List<Double> steps() {
        double raw = (high - low) / 5;
        double unit = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = raw / unit < 1.5 ? unit : raw / unit < 3.5 ? 2 * unit : raw / unit < 7.5 ? 5 * unit : 10 * unit;
        List<Double> out = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
            out.add(i * step);
        }
        return out;
    }

    /** Powers of two while they are few, else of ten. */
    private List<Double> powers() {
        double base = high / low <= 1024 ? 2 : 10;
        List<Double> out = new ArrayList<>();
        for (long i = (long) Math.ceil(Math.log(low) / Math.log(base) - 1e-9);
                Math.pow(base, i) <= high * (1 + 1e-9);
                i++) {
            out.add(Math.pow(base, i));
        }
        return out;
    }

    static String label(double v) {
        if (v == 0) {
            return "0";
        }
        double size = Math.abs(v);
        if (size >= 1e5 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.0e", v);
        }
        String s = String.format(Locale.ROOT, "%.3f", v);
        return s.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
