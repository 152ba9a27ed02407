package org.layerzoo.cpuvector;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/**
 * What runs again and again takes its memory from pools: no block from the system, and of the Java heap only small records. A program of
 * its own, because what the JIT compiler makes of a loop depends on what ran before.
 */
final class SteadyState {
    private static final long PATIENCE = 60_000_000_000L;
    private static final int RUNS = 10;
    /**
     * Specs, shapes and lists of a check of arguments, streams over them, views, nodes of a tape, tasks, a norm's weights as an array: 6 to 42 KiB
     * were measured. The smallest tensor of the ops here takes 64 KiB, so one that is not pooled shows, and so does a loop that
     * boxes a vector a step.
     */
    private static final long SMALL = 48 << 10;

    private SteadyState() {}

    record Work(String name, long limit, Supplier<Tensor> body) {
        Work(String name, Supplier<Tensor> body) {
            this(name, SMALL, body);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Tensor random(int... dims) {
        SplittableRandom r = new SplittableRandom(17);
        return Tensor.of(
                DType.F32,
                r.doubles(Tensor.zeros(DType.F32, dims).size(), -1, 1).toArray(),
                dims);
    }

    static Stream<Work> work() {
        Tensor square = random(256, 256), rows = random(512, 1024), weight = random(1024);
        Tensor heads = random(1, 4, 256, 64), gates = Tensor.full(DType.F32, -0.1, 1, 4, 256);
        Tensor channels = random(1, 256, 128);
        Tensor taps = random(128, 4),
                odd = random(1, 40, 375),
                columns = random(2, 96, 100),
                long_ = random(1, 8, 2048),
                kernel = random(8, 2048);
        return Stream.of(
                new Work("matmul", () -> square.matmul(square)),
                new Work("chain", () -> Ops.silu(rows.mul(rows)).add(rows).ready()),
                new Work("layer norm", () -> Fused.layerNorm(rows, weight, weight, 1e-5)),
                new Work("softmax", () -> Fused.softmax(rows, -1)),
                new Work(
                        "row sums",
                        () -> Ops.one(new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {1}, false), rows)),
                new Work("attention", () -> Fused.attend(heads, heads, heads)),
                new Work("delta rule", () -> Fused.recur(heads, heads, heads)
                        .delta(gates)
                        .run()
                        .o()),
                new Work(
                        "short convolution",
                        () -> Fused.shortConv(channels, taps).run().y()),
                new Work("long convolution", () -> Fused.longConv(long_, kernel)),
                new Work("transform", () -> Ops.one(new Primitive.Rfft(2), long_)),
                new Work("transform of an odd length", () -> Ops.one(new Primitive.Rfft(2), odd)),
                new Work("transform of columns", () -> Ops.one(new Primitive.Rfft(1), columns)));
    }

    static Stream<Work> convolutions() {
        Tensor images = random(2, 16, 40, 40), kernels = random(16, 16, 3, 3), planes = random(16, 1, 5, 5);
        Tensor halves = random(2, 16, 20, 20);
        var same = geometry(1, 1, 1);
        var strided = geometry(2, 1, 1);
        var depthwise = geometry(1, 2, 16);
        int[] sides = {40, 40};
        return Stream.of(
                new Work("convolution", () -> Ops.one(new Primitive.Conv(same), images, kernels)),
                new Work("strided convolution", () -> Ops.one(new Primitive.Conv(strided), images, kernels)),
                new Work("depthwise convolution", () -> Ops.one(new Primitive.Conv(depthwise), images, planes)),
                new Work("gradient to inputs", () -> Ops.one(new Primitive.ConvInput(same, sides), images, kernels)),
                new Work(
                        "strided gradient to inputs",
                        () -> Ops.one(new Primitive.ConvInput(strided, sides), halves, kernels)),
                new Work(
                        "depthwise gradient to inputs",
                        () -> Ops.one(new Primitive.ConvInput(depthwise, sides), images, planes)),
                new Work(
                        "gradient to weights",
                        () -> Ops.one(new Primitive.ConvWeight(same, new int[] {3, 3}), images, images)),
                new Work(
                        "depthwise gradient to weights",
                        () -> Ops.one(new Primitive.ConvWeight(depthwise, new int[] {5, 5}), images, images)));
    }

    private static Primitive.ConvGeometry geometry(int stride, int padding, int groups) {
        int[] p = {padding, padding};
        return new Primitive.ConvGeometry(new int[] {stride, stride}, p, p, new int[] {1, 1}, groups);
    }

    /** Recurrences: chunks, gradients, and steps of one token from a state. */
    static Stream<Work> recurrences() {
        Tensor heads = random(1, 4, 256, 64), beta = Tensor.full(DType.F32, 0.1, 1, 4, 256);
        Tensor decay = Tensor.full(DType.F32, -0.1, 1, 4, 256, 64);
        Tensor u = random(1, 256, 128), dt = Tensor.full(DType.F32, 0.05, 1, 256, 128);
        Tensor a = Tensor.full(DType.F32, -2, 128, 16), b = random(1, 256, 16);
        Recurrence delta = Fused.recur(heads, heads, heads).delta(beta);
        Recurrence keyed = Fused.recur(heads, heads, heads).key(decay);
        Selective scan = Fused.selectiveScan(u, dt, a, b, b);
        Tensor one = random(1, 4, 1, 64), state = random(1, 4, 64, 64), h = random(1, 128, 16), first = random(1, 128);
        Recurrence step = Fused.recur(one, one, one)
                .delta(Tensor.full(DType.F32, 0.1, 1, 4, 1))
                .from(state);
        Selective scanStep = Fused.selectiveScan(
                        random(1, 1, 128),
                        Tensor.full(DType.F32, 0.05, 1, 1, 128),
                        a,
                        random(1, 1, 16),
                        random(1, 1, 16))
                .from(h);
        return Stream.of(
                new Work("gated linear attention", () -> keyed.run().o()),
                new Work("gradients of the delta rule", gradients(delta.op(), delta.inputs())),
                new Work("gradients of gated linear attention", gradients(keyed.op(), keyed.inputs())),
                new Work("selective scan", () -> scan.run().y()),
                new Work("gradients of the selective scan", gradients(scan.op(), scan.inputs())),
                new Work("first-order scan", () -> Ops.firstOrder(dt, u, first, 1, false)),
                new Work("a step of the delta rule", () -> step.run().o()),
                new Work("a step of the selective scan", () -> scanStep.run().y()));
    }

    /** Running averages and norms over a batch. */
    static Stream<Work> scansAndBatches() {
        Tensor a = random(1, 256, 128, 2), h = random(1, 128, 2);
        Tensor scores = random(4, 512), values = random(4, 512, 64);
        Tensor images = random(4, 32, 14, 14), channels = random(32), var = Tensor.full(DType.F32, 1, 32);
        ComplexScan complex = new ComplexScan(1, false);
        SoftmaxScan softmax = new SoftmaxScan(false);
        BatchNorm norm = new BatchNorm(1e-5, true, false);
        BatchNormEval fixed = new BatchNormEval(1e-5, true);
        Tensor grid = random(2, 14, 14, 64), gamma = random(64), rows = random(4, 256, 64), totals = random(4, 256);
        Tensor lines = random(2, 8, 1000), taps = random(8, 1000), circle = random(8, 997), wheel = random(1, 8, 997);
        ResponseNorm response = new ResponseNorm(1e-6);
        MergeLse merge = new MergeLse(2, false);
        LongConv causal = new LongConv(0, LongConv.Edge.ZERO, false, false);
        LongConv round = new LongConv(0, LongConv.Edge.CIRCULAR, false, false);
        return Stream.of(
                new Work("global response norm", () -> Ops.one(response, grid, gamma, gamma)),
                new Work("gradients of global response norm", gradients(response, List.of(grid, gamma, gamma))),
                new Work("merge", () -> Ops.all(merge, rows, totals, rows, totals)
                        .getFirst()),
                new Work("gradients of a merge", gradients(merge, List.of(rows, totals, rows, totals))),
                new Work("long convolution of an odd circle", () -> Ops.one(round, wheel, circle)),
                new Work("gradients of the long convolution", gradients(causal, List.of(lines, taps))),
                new Work("complex scan", () -> Ops.one(complex, a, a, h)),
                new Work("gradients of the complex scan", gradients(complex, List.of(a, a, h))),
                new Work("softmax scan", () -> Ops.all(softmax, scores, values).getFirst()),
                new Work("gradients of the softmax scan", gradients(softmax, List.of(scores, values))),
                new Work("batch norm", () -> Ops.all(norm, images, channels, channels)
                        .getFirst()),
                new Work("gradients of batch norm", gradients(norm, List.of(images, channels, channels))),
                new Work(
                        "gradients of batch norm with fixed statistics",
                        gradients(fixed, List.of(images, channels, var, channels, channels))));
    }

    private static Supplier<Tensor> gradients(WholeGradient op, List<Tensor> in) {
        List<Integer> wanted = IntStream.range(0, in.size()).boxed().toList();
        int outputs = op.infer(in.stream().map(Tensor::spec).toList()).size();
        GradientOf gradient = new GradientOf(op, in.size(), outputs, List.of(0), wanted);
        return () -> {
            List<Tensor> all = new ArrayList<>(in);
            all.addAll(Exec.apply(op, in));
            all.add(all.get(in.size()));
            List<Tensor> grads = Exec.apply(gradient, all);
            grads.forEach(Tensor::ready);
            return grads.getFirst();
        };
    }

    static Stream<Work> gradients() {
        Tensor rows = random(128, 512), weight = random(512), wide = random(64, 512), bias = random(64);
        Tensor few = random(128, 64);
        Tensor heads = random(1, 4, 256, 64), images = random(4, 32, 14, 14), channels = random(32);
        Tensor ids = Tensor.of(LongStream.range(0, 128).toArray(), 128), planes = random(1, 2, 16, 16, 32);
        List<Axis> axes = List.of(new Axis(5, 1, false), new Axis(5, 1, false));
        return Stream.of(
                new Work("sums of columns", () -> rows.sum(0)),
                new Work("softmax", () -> slopes(() -> Fused.softmax(rows, -1), rows)),
                new Work("layer norm", () -> slopes(() -> Fused.layerNorm(rows, weight, weight, 1e-5), rows, weight)),
                new Work(
                        "group norm", () -> slopes(() -> Fused.groupNorm(images, 4, channels, channels, 1e-5), images)),
                new Work(
                        "linear with RELU",
                        () -> slopes(() -> Fused.linear(rows, wide, bias, Activation.RELU), rows, wide, bias)),
                new Work(
                        "linear with GELU",
                        () -> slopes(() -> Fused.linear(rows, wide, bias, Activation.GELU), rows, wide, bias)),
                new Work(
                        "linear with GELU by tanh",
                        () -> slopes(() -> Fused.linear(rows, wide, bias, Activation.GELU_TANH), rows, wide, bias)),
                new Work(
                        "linear with SiLU and a residual",
                        () -> slopes(() -> few.add(Fused.linear(rows, wide, bias, Activation.SILU)), rows, wide, few)),
                new Work("glu", () -> slopes(() -> Fused.glu(rows, rows, Activation.SILU), rows)),
                new Work("cross entropy", () -> slopes(() -> Fused.crossEntropy(rows, ids, -100), rows)),
                new Work("attention", 64 << 10, () -> slopes(() -> Fused.attend(heads, heads, heads), heads)),
                new Work(
                        "neighbourhood",
                        () -> slopes(
                                () -> Fused.neighbourhood(planes, planes, planes, axes, Border.SHIFT, 1)
                                        .o(),
                                planes)));
    }

    /** The first of the gradients of a result's sum. */
    private static Tensor slopes(Supplier<Tensor> body, Tensor... wrt) {
        Tape tape = new Tape().watch(wrt);
        return tape.gradient(tape.record(body), List.of(wrt)).getFirst();
    }

    public static void main(String[] args) {
        Workers.threads(1);
        Exec.run(Dispatcher.of("cpu-vector", false), () -> Stream.of(
                        work(), convolutions(), recurrences(), scansAndBatches(), gradients())
                .flatMap(x -> x)
                .forEach(w -> System.out.println(verdict(w))));
    }

    private static String verdict(Work w) {
        var counter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + PATIENCE;
        long least = Long.MAX_VALUE;
        long blocks = -1;
        // Interpreted code keeps vectors on the heap: steady state begins when the compiler is through.
        while (blocks < 0 || least >= w.limit && System.nanoTime() < end) {
            run(w);
            blocks = Memory.blocksFromSystem();
            for (int i = 0; i < RUNS; i++) {
                long before = counter.getCurrentThreadAllocatedBytes();
                run(w);
                least = Math.min(least, counter.getCurrentThreadAllocatedBytes() - before);
            }
        }
        boolean steady = Memory.blocksFromSystem() == blocks && least < w.limit;
        return (steady ? "steady: " : "grows: ") + w + ", " + least + " bytes of heap a run, "
                + (Memory.blocksFromSystem() - blocks) + " blocks of the system";
    }

    private static void run(Work w) {
        TensorScope.run(() -> w.body().get().ready());
    }
}
