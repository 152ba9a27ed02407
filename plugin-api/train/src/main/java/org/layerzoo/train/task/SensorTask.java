package org.layerzoo.train.task;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Splits;
import org.layerzoo.data.sensor.Sensor;
import org.layerzoo.metrics.AbsoluteError;
import org.layerzoo.metrics.SquaredError;

/**
 * Real numbers asked for at a lower rate than the readings have: batches of {@code x} F32 [B, L, I] and {@code target} F32 [B, L / k, O]. Loss and
 * main metric: mean squared error. It takes whole models only.
 *
 * @param samples different samples of the training split; 0 for as many as are drawn
 */
public record SensorTask(Sensor sensor, int samples, long seed) implements Task {
    private static final String TARGET = "target";

    @Override
    public List<Port> batch() {
        return List.of(
                Port.in("x", "B L I", "readings"),
                Port.in(TARGET, "B J O", "what is asked for behind each k readings"));
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        Sensor.Sample[] rows = new Sensor.Sample[size];
        Arrays.setAll(rows, i -> sample(split, index * size + i));
        return Tensors.of(
                "x",
                stacked(Arrays.stream(rows).map(Sensor.Sample::x), size),
                TARGET,
                stacked(Arrays.stream(rows).map(Sensor.Sample::y), size));
    }

    private Sensor.Sample sample(Split split, long index) {
        long at = split == Split.TRAIN && samples > 0 ? index % samples : index;
        return Splits.sample(seed, split, at, sensor::draw, s -> Arrays.stream(s.x())
                .flatMapToDouble(Arrays::stream)
                .mapToLong(Double::doubleToLongBits)
                .toArray());
    }

    private static Tensor stacked(Stream<double[][]> rows, int size) {
        List<double[][]> all = rows.toList();
        double[] flat = all.stream()
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return Tensor.of(DType.F32, flat, size, all.getFirst().length, all.getFirst()[0].length);
    }

    @Override
    public Answer answer() {
        return Answer.DENSE;
    }

    @Override
    public List<Metric> metrics() {
        return List.of(new SquaredError(TARGET), new AbsoluteError(TARGET));
    }

    @Override
    public double chance() {
        return sensor.power();
    }

    @Override
    public Optional<Tensor> oracle(Tensors batch) {
        return Optional.of(batch.get(TARGET));
    }

    @Override
    public Tensor loss(Tensors outputs, Tensors batch) {
        return Ops.square(outputs.get("y").sub(batch.get(TARGET))).mean();
    }
}
