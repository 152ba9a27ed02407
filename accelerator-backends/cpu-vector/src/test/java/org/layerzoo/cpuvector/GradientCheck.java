package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** The gradient of a call of a fused op with everything it takes: inputs, results in F32, and drawn cotangents of all floating results. */
record GradientCheck(GradientOf op, List<Tensor> in) {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();

    /** To every floating input. */
    static GradientCheck of(WholeGradient op, List<Tensor> in, long seed) {
        return of(op, in, floating(in), seed);
    }

    static GradientCheck of(WholeGradient op, List<Tensor> in, List<Integer> wanted, long seed) {
        List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
        List<Tensor> out = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
        List<Integer> given = floating(out);
        List<Tensor> all = new ArrayList<>(in);
        out.forEach(t -> all.add(t.dtype() == DType.F64 ? single(t.toDoubles(), t) : t));
        // the complement: a cotangent that equals an input makes gradients vanish
        SplittableRandom random = new SplittableRandom(~seed);
        given.forEach(
                i -> all.add(single(random.doubles(out.get(i).size(), -1, 1).toArray(), out.get(i))));
        return new GradientCheck(new GradientOf(op, in.size(), out.size(), given, wanted), all);
    }

    private static Tensor single(double[] v, Tensor like) {
        return Tensor.of(DType.F32, v, like.shape().dims());
    }

    private static List<Integer> floating(List<Tensor> tensors) {
        return IntStream.range(0, tensors.size())
                .filter(i -> tensors.get(i).dtype().isFloating())
                .boxed()
                .toList();
    }

    /** Why the backend runs it another way. */
    Optional<String> refusal() {
        return BACKEND.refusal(op, in.stream().map(Tensor::spec).toList());
    }

    List<Tensor> run() {
        return CaseCheck.run(op, in);
    }

    /** Within the bound of the tape over the decomposition in F64. */
    void agrees(String what, double bound) {
        TensorScope.run(() -> {
            List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
            CaseCheck.compare(what, run(), expected, bound, 1e-3 * cotangents());
        });
    }

    /** Norm of the cotangents: beside it a gradient of nothing need not be exactly nothing. */
    private double cotangents() {
        return Math.sqrt(in.subList(op.inputs() + op.outputs(), in.size()).stream()
                .flatMapToDouble(t -> Arrays.stream(t.toDoubles()))
                .map(x -> x * x)
                .sum());
    }

    /** One thread and two give the same bits. */
    void threadsDoNotMatter() {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                Workers.threads(1);
                List<Tensor> one = run();
                Workers.threads(2);
                List<Tensor> two = run();
                for (int i = 0; i < one.size(); i++) {
                    assertArrayEquals(one.get(i).toDoubles(), two.get(i).toDoubles());
                }
            });
        } finally {
            Workers.threads(before);
        }
    }
}
