package org.layerzoo.plugins.mamba360;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.SsmLayer;

/** Forward time and bytes moved against length, of each form a member has. */
final class Scaling {
    private final Mamba360Config c;
    private final RunContext context;
    private final SequencedMap<String, Series> series = new LinkedHashMap<>();

    /** Milliseconds and bytes at each length. */
    record Series(double[] millis, double[] bytes, double timeSlope, double byteSlope) {}

    Scaling(Mamba360Config c, Contenders contenders, RunContext context) {
        this.c = c;
        this.context = context;
        SequencedMap<String, LayerRef> all = contenders.all();
        List<String> names = List.copyOf(all.keySet());
        all.forEach((name, ref) -> {
            context.progress(0.25 * names.indexOf(name) / names.size(), "time and bytes of " + name);
            Model m = contenders.build(ref, context.draws().seed());
            boolean own = m.layer() instanceof SsmLayer;
            series.put(
                    name + (own ? " scan" : ""),
                    measure(m, own ? new Call.Algorithm.Recurrent() : new Call.Algorithm.Auto()));
            if (own && !name.equals("s6")) {
                series.put(name + " convolution", measure(m, new Call.Algorithm.Parallel()));
            }
        });
    }

    private Series measure(Model m, Call.Algorithm form) {
        int n = c.lengths().size();
        double[] millis = new double[n];
        double[] bytes = new double[n];
        // Longest first, so that the short ones meet compiled code.
        for (int i = n - 1; i >= 0; i--) {
            context.checkCancelled();
            Tensors in = Tensors.of(
                    "x",
                    context.draws()
                            .normal("scaling.x", DType.F32, 1, c.lengths().get(i), c.dim()));
            Call call = Call.eval().with(form);
            Counting counting = new Counting(Exec.current());
            Exec.run(counting, () -> TensorScope.run(() -> m.forward(in, call)));
            bytes[i] = counting.bytes();
            millis[i] = median(m, in, call);
        }
        return new Series(millis, bytes, slope(millis), slope(bytes));
    }

    /** Of the timed runs, which follow as many that only warm up. */
    private double median(Model m, Tensors in, Call call) {
        double[] t = new double[c.runs()];
        for (int r = -t.length; r < t.length; r++) {
            long start = System.nanoTime();
            TensorScope.run(() -> m.forward(in, call).ready());
            if (r >= 0) {
                t[r] = (System.nanoTime() - start) / 1e6;
            }
        }
        Arrays.sort(t);
        return t[t.length / 2];
    }

    /** Exponent of a power law by least squares in logarithms; NaN for fewer than two lengths. */
    private double slope(double[] y) {
        double[] x = c.lengths().stream().mapToDouble(Math::log).toArray();
        double mx = Arrays.stream(x).average().orElseThrow();
        double my = Arrays.stream(y).map(Math::log).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mx) * (Math.log(y[i]) - my);
            xx += (x[i] - mx) * (x[i] - mx);
        }
        return xy / xx;
    }

    SequencedMap<String, Series> series() {
        return series;
    }

    List<Block> blocks() {
        double[] x = c.lengths().stream().mapToDouble(Integer::doubleValue).toArray();
        List<Block.Line> time = new ArrayList<>();
        List<Block.Line> bytes = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        series.forEach((name, s) -> {
            time.add(new Block.Line(name, x, s.millis, new double[0], new double[0], s.timeSlope));
            bytes.add(new Block.Line(name, x, s.bytes, new double[0], new double[0], s.byteSlope));
            for (int i = 0; i < x.length; i++) {
                rows.add(List.of(
                        name,
                        Integer.toString((int) x[i]),
                        String.format(Locale.ROOT, "%.3f", s.millis[i]),
                        Long.toString((long) s.bytes[i])));
            }
        });
        return List.of(
                new Block.Curves("Forward time", "length T", "milliseconds", true, true, time),
                new Block.Curves("Bytes moved by a forward", "length T", "bytes", true, true, bytes),
                new Block.Table("Time and bytes", List.of("form", "T", "milliseconds", "bytes moved"), rows));
    }
}
