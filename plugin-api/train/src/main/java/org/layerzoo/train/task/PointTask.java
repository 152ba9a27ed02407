package org.layerzoo.train.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Rng;
import org.layerzoo.data.Splits;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.ExactMatch;
import org.layerzoo.metrics.Targets;
import org.layerzoo.nn.BeamSearch;
import org.layerzoo.train.Decoded;

/**
 * Points drawn uniformly from [0, 1)^I and the answer to a question about them as indices 1..N, as "Pointer Networks" asks: batches of
 * {@code points} F32 [B, N, I], {@code indices} I64 [B, S + 1] (the answer and 0 behind it) and {@code targets}, the same with -100 behind the
 * first 0. An answer is whole ({@code exact_match}) when every step is right behind the right steps before it, so when greedy decoding gives it.
 * Where the question has a score, answers of models that decode are scored too.
 */
public record PointTask(int points, Question question, long seed) implements LogitsTask, Decoded {
    /** Samples of a batch that are decoded, one by one. */
    private static final int DECODED = 32;

    /**
     * What is asked.
     *
     * @param inputs numbers I of a point
     * @param steps S of N points, the longest answer
     * @param tour whether decoding visits every point once
     */
    public record Question(
            int inputs,
            Function<double[][], List<Integer>> answers,
            IntUnaryOperator steps,
            boolean tour,
            Optional<Score> score) {
        /** Whose answer has no more indices than there are points, and is scored as a whole only. */
        public Question(int inputs, Function<double[][], List<Integer>> answers) {
            this(inputs, answers, n -> n, false, Optional.empty());
        }
    }

    /** What a decoded answer is worth. */
    @FunctionalInterface
    public interface Score {
        /** Figures by name. */
        Map<String, Metric.Sum> of(double[][] points, List<Integer> right, List<Integer> given);
    }

    private static final String TARGETS = "targets";

    /** Points and their answer. */
    private record Sample(double[][] points, List<Integer> answer) {
        long[] content() {
            return Arrays.stream(points)
                    .flatMapToDouble(Arrays::stream)
                    .mapToLong(Double::doubleToLongBits)
                    .toArray();
        }
    }

    private Sample draw(Rng rng) {
        double[][] p = new double[points][question.inputs()];
        for (double[] point : p) {
            Arrays.setAll(point, i -> rng.nextDouble());
        }
        return new Sample(p, question.answers().apply(p));
    }

    @Override
    public List<Port> batch() {
        return List.of(
                Port.in("points", "B N I", "coordinates"),
                Port.in("indices", "B T", "the answer, 0 behind it").as(DType.I64),
                Port.in(TARGETS, "B T", "index to give at each step, -100 behind the end")
                        .as(DType.I64));
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        int steps = question.steps().applyAsInt(points) + 1;
        int inputs = question.inputs();
        double[] x = new double[size * points * inputs];
        long[] indices = new long[size * steps];
        long[] targets = new long[size * steps];
        for (int b = 0; b < size; b++) {
            Sample s = Splits.sample(seed, split, index * size + b, this::draw, Sample::content);
            for (int i = 0; i < points; i++) {
                System.arraycopy(s.points()[i], 0, x, (b * points + i) * inputs, inputs);
            }
            for (int t = 0; t < steps; t++) {
                int n = s.answer().size();
                indices[b * steps + t] = t < n ? s.answer().get(t) : 0;
                targets[b * steps + t] = t <= n ? indices[b * steps + t] : Targets.IGNORED;
            }
        }
        return Tensors.of("points", Tensor.of(DType.F32, x, size, points, inputs))
                .with("indices", Tensor.of(indices, size, steps))
                .with(TARGETS, Tensor.of(targets, size, steps));
    }

    @Override
    public String target() {
        return TARGETS;
    }

    @Override
    public int classes() {
        return points + 1;
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Accuracy.ofTokens(TARGETS), new ExactMatch(TARGETS));
    }

    /** Of a step: one of the points or the end. */
    @Override
    public double chance() {
        return 1.0 / (points + 1);
    }

    @Override
    public Map<String, Metric.Sum> decoded(Model model, Tensors batch) {
        Map<String, Metric.Sum> out = new LinkedHashMap<>();
        if (model.layer() instanceof BeamSearch.Decoder d && question.score().isPresent()) {
            int steps = question.steps().applyAsInt(points);
            for (int b = 0; b < Math.min(DECODED, batch.get("points").dim(0)); b++) {
                Tensor x = batch.get("points").slice(0, b, b + 1);
                BeamSearch.Answer a = BeamSearch.run(d, x, 1, question.tour(), steps);
                question.score()
                        .get()
                        .of(rows(x), answer(batch.get("indices").slice(0, b, b + 1)), a.indices())
                        .forEach((name, sum) -> out.merge(name, sum, Metric.Sum::plus));
            }
        }
        return out;
    }

    private static double[][] rows(Tensor x) {
        double[] flat = x.toDoubles();
        double[][] p = new double[x.dim(1)][];
        Arrays.setAll(p, i -> Arrays.copyOfRange(flat, i * x.dim(2), (i + 1) * x.dim(2)));
        return p;
    }

    private static List<Integer> answer(Tensor indices) {
        return Arrays.stream(indices.toLongs())
                .takeWhile(i -> i > 0)
                .mapToObj(Math::toIntExact)
                .toList();
    }
}
