package org.layerzoo.benchmarks.jmh;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.layerzoo.benchmarks.suite.Row;
import org.layerzoo.benchmarks.suite.Rows;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.Workers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Every row of the table, our side: {@code ./zoo peers jmh Ops -p row=gemm-1024 -p threads=1}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class Ops {
    @Param({
        "gemm-512",
        "gemm-1024",
        "gemm-batched",
        "gemv-1",
        "attention-1024-causal",
        "attention-1024-causal-backward",
        "layer-norm",
        "softmax",
        "gelu",
        "add-chain",
        "pointwise-chain",
        "depthwise-3x3",
        "conv-1x1",
        "conv-3x3",
        "rfft",
        "long-conv",
        "selective-scan",
        "delta-rule",
        "gated-linear-attention"
    })
    String row;

    @Param("1")
    int threads;

    private final OpInterpreter backend = Dispatcher.of(Rows.OWN, false);
    private Row measured;
    private List<Tensor> inputs;

    /** Makes the row's tensors. */
    @Setup
    public void prepare() {
        Workers.threads(threads);
        measured = Rows.beginningWith(List.of(row), Rows.OWN).stream()
                .filter(r -> r.id().equals(row))
                .findFirst()
                .orElseThrow();
        inputs = measured.inputs().get();
        inputs.forEach(Tensor::ready);
    }

    /** One run, whose results are freed. */
    @Benchmark
    public void run() {
        TensorScope.run(() -> measured.run(inputs, backend));
    }
}
