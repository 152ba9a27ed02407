package org.layerzoo.benchmarks.suite;

import java.util.List;
import org.layerzoo.benchmarks.libtorch.LibTorch;
import org.layerzoo.benchmarks.libtorch.Script;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.Workers;

/** Measures rows of the table: first whether both sides compute the same, then how fast, in turns. */
public final class SideBySide {
    private final LibTorch torch = LibTorch.open();
    private final double seconds;
    private final Clock clock;
    private final OpInterpreter backend;

    /**
     * @param seconds of measuring a row and number of threads
     * @param backend where our side runs, without falling back
     */
    public SideBySide(double seconds, Clock clock, String backend) {
        this.backend = Dispatcher.of(backend, true);
        this.seconds = seconds;
        this.clock = clock;
    }

    /** @throws ZooException CHECK_FAILED when our result is wrong */
    public List<Figure> measure(Row row, List<Integer> threads) {
        try {
            return TensorScope.use(() -> {
                List<Tensor> in = row.inputs().get();
                in.forEach(Tensor::ready);
                double[] errors = TensorScope.use(() -> errors(row, in));
                if (!(errors[0] <= row.bound(in))) {
                    throw new ZooException(
                            ErrorCode.CHECK_FAILED,
                            row.id() + ": relative error " + errors[0] + " against F64, " + row.bound(in) + " allowed");
                }
                try (Script script = script(row, in)) {
                    return threads.stream()
                            .map(n -> figure(row, in, script, n, errors))
                            .toList();
                }
            });
        } finally {
            Memory.trim();
        }
    }

    private Script script(Row row, List<Tensor> in) {
        return row.gradients() == 0
                ? torch.script(row.program(), in)
                : torch.differentiated(row.program(), in, row.gradients());
    }

    private Figure figure(Row row, List<Tensor> in, Script script, int threads, double[] errors) {
        Workers.threads(threads);
        // What oneDNN goes by.
        System.setProperty("layerzoo.threads", Integer.toString(threads));
        torch.threads(threads);
        Times[] times = Turns.both(() -> TensorScope.run(() -> row.run(in, backend)), script::run, seconds, clock);
        return new Figure(row, threads, times[0], times[1], errors[0], errors[1]);
    }

    /** Our error and LibTorch's against LibTorch in F64. */
    private double[] errors(Row row, List<Tensor> in) {
        List<Tensor> wide = in.stream()
                .map(t -> t.dtype().isFloating() ? t.cast(DType.F64) : t)
                .toList();
        List<Tensor> truth;
        try (Script f64 = script(row, wide)) {
            truth = f64.results();
        }
        try (Script f32 = script(row, in)) {
            return new double[] {worst(row.run(in, backend), truth), worst(f32.results(), truth)};
        }
    }

    private static double worst(List<Tensor> given, List<Tensor> truth) {
        double worst = 0;
        for (int i = 0; i < truth.size(); i++) {
            double e = Errors.relative(given.get(i).cast(DType.F64), truth.get(i));
            worst = Double.isNaN(e) || e > worst ? e : worst;
        }
        return worst;
    }
}
