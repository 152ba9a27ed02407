package org.layerzoo.testkit.backend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;

/**
 * Measures one backend and prints a JSON document: products, attention, recurrences, memory, the host's cost of an op, recorded work. A program of its
 * own, so that it runs on a machine that has a device and nothing else: {@code BackendBench cuda}, or {@code BackendBench oneapi:opencl
 * small} to see that it runs. An op that the backend refuses is a line with the reason.
 */
public final class BackendBench {
    private static final int ROUNDS = 5;
    private static final double ROUND_SECONDS = 0.3;

    private final Backend backend;
    private final Dispatcher dispatcher;
    private final boolean small;
    private final List<String> lines = new ArrayList<>();

    private BackendBench(String name, boolean small) {
        this.backend = Dispatcher.backend(name);
        this.dispatcher = Dispatcher.of(name, true);
        this.small = small;
    }

    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("the name of a backend expected, e.g. cuda, and after it nothing or small");
            System.exit(2);
        }
        try {
            System.out.println(run(args[0], args.length > 1 && args[1].equals("small")));
        } catch (ZooException e) {
            System.err.println(e.getMessage());
            System.exit(e.code().exitCode());
        }
    }

    /**
     * @param small tiny sizes, to see that all of it runs
     * @return the JSON document
     */
    public static String run(String backend, boolean small) {
        BackendBench b = new BackendBench(backend, small);
        TensorScope.run(() -> Exec.run(b.dispatcher, b::all));
        Backend.Availability found = b.backend.availability();
        return "{\"backend\":\"" + backend + "\",\"device\":" + quoted(found.summary()) + ",\"details\":["
                + String.join(
                        ",", found.details().stream().map(BackendBench::quoted).toList()) + "],\n\"rows\":[\n"
                + String.join(",\n", b.lines) + "]}";
    }

    private void all() {
        for (DType t : List.of(DType.BF16, DType.F16, DType.F32)) {
            product(t, small ? 64 : 8192, false);
        }
        product(DType.BF16, small ? 64 : 8192, true);
        for (SequenceRows.Row r : SequenceRows.all(small)) {
            TensorScope.run(() -> sequence(r));
        }
        memory(small ? 1 << 12 : 1 << 28);
        launch();
        recorded(small ? 8 : 128, small ? 16 : 512);
    }

    /** @param transposed whether the rows of the right operand lie along the sum, as those of a linear map's weights */
    private void product(DType t, int n, boolean transposed) {
        Op op = new Primitive.MatMul(false, transposed);
        Tensor a = random(t, n, n);
        Tensor b = random(t, n, n);
        String name = "matmul " + n + " " + t + (transposed ? ", right operand transposed" : "");
        measured(name, op, List.of(a, b), 2.0 * n * n * n / 1e12, "TFLOP/s");
    }

    private void sequence(SequenceRows.Row r) {
        List<Tensor> in;
        try {
            in = r.inputs().get();
        } catch (ZooException e) {
            refused(r.name(), e.getMessage());
            return;
        }
        measured(r.name(), r.op(), in, r.work(), r.unit());
    }

    private void memory(int elements) {
        Tensor x = random(DType.F32, elements);
        measured(
                "add F32 " + elements,
                new Primitive.Binary(Primitive.BinaryFn.ADD),
                List.of(x, x),
                // One operand is read once for both.
                2.0 * elements * Float.BYTES / 1e9,
                "GB/s");
    }

    /** What the host takes to queue an op whose kernel is over sooner. */
    private void launch() {
        Tensor x = random(DType.F32, 256);
        measured("op of 256 elements", new Primitive.Unary(Primitive.UnaryFn.NEG), List.of(x), 1e-6, "million ops/s");
    }

    /** Twelve blocks of two linear maps and a sum, eagerly and replayed. */
    private void recorded(int rows, int width) {
        List<Tensor> weights = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            weights.add(random(DType.BF16, 4 * width, width));
            weights.add(random(DType.BF16, width, 4 * width));
        }
        UnaryOperator<Tensors> forward = in -> {
            Tensor x = in.get("x");
            for (int i = 0; i < weights.size(); i += 2) {
                x = x.add(Fused.linear(Fused.linear(x, weights.get(i)), weights.get(i + 1)));
            }
            return Tensors.of("y", x);
        };
        Tensors in = Tensors.of("x", random(DType.BF16, rows, width));
        timed("12 blocks, eager", "", () -> forward.apply(in).get("y"), 1e-3, "thousand/s");
        try (Backend.Recorded r = backend.record(in, forward)) {
            timed("12 blocks, replayed", "", () -> r.replay(in).get("y"), 1e-3, "thousand/s");
        } catch (ZooException e) {
            refused("12 blocks, replayed", e.getMessage());
        }
    }

    private void measured(String name, Op op, List<Tensor> in, double work, String unit) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Optional<String> refusal = backend.refusal(op, specs);
        if (refusal.isPresent()) {
            refused(name, refusal.get());
        } else {
            timed(name, backend.kernel(op, specs), () -> Exec.apply(op, in).getFirst(), work, unit);
        }
    }

    private void timed(String name, String kernel, Supplier<Tensor> op, double work, String unit) {
        double seconds;
        try {
            seconds = seconds(op);
        } catch (ZooException e) {
            refused(name, e.getMessage());
            return;
        }
        lines.add(String.format(
                Locale.ROOT,
                "{\"name\":%s,\"kernel\":%s,\"microseconds\":%.3f,\"rate\":%.2f,\"unit\":%s}",
                quoted(name),
                quoted(kernel),
                seconds * 1e6,
                work / seconds,
                quoted(unit)));
    }

    private void refused(String name, String why) {
        lines.add("{\"name\":" + quoted(name) + ",\"refused\":" + quoted(why) + "}");
    }

    /** The best round's time of a run, where runs are queued one behind another. */
    private double seconds(Supplier<Tensor> op) {
        int times = 1;
        double once = round(op, times);
        while (once * times < (small ? 0 : ROUND_SECONDS)) {
            times *= 2;
            once = round(op, times);
        }
        double best = once;
        for (int i = 0; i < ROUNDS; i++) {
            best = Math.min(best, round(op, times));
        }
        return best;
    }

    private static double round(Supplier<Tensor> op, int times) {
        long start = System.nanoTime();
        for (int i = 1; i < times; i++) {
            TensorScope.run(op::get);
        }
        TensorScope.run(() -> op.get().ready());
        return (System.nanoTime() - start) * 1e-9 / times;
    }

    private static String quoted(String s) {
        return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
    }

    /** Numbers in (-1, 1): a device draws less power, and runs faster, on zeros. */
    private static Tensor random(DType t, int... dims) {
        Tensor out = Tensor.allocate(t, dims);
        MemorySegment s = out.segment();
        SplittableRandom random = new SplittableRandom(3);
        for (long i = 0; i < out.size(); i++) {
            float v = random.nextFloat() * 2 - 1;
            switch (t) {
                case BF16 -> s.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(v) >> 16));
                case F16 -> s.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(v));
                default -> s.setAtIndex(ValueLayout.JAVA_FLOAT, i, v);
            }
        }
        return out;
    }
}
