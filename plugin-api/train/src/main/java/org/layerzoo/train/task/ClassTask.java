package org.layerzoo.train.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Rng;
import org.layerzoo.data.Splits;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.CrossEntropy;
import org.layerzoo.nn.host.ClassifierProvider;
import org.layerzoo.nn.host.EncoderConfig;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.PairClassifierProvider;

/**
 * A task of naming the class of one token sequence, or of a pair: batches of {@code tokens} I64 [B, T] (pair: [B, 2,
 * T]), 0 behind the end, {@code lengths} I64 [B] ([B, 2]) and {@code label} I64 [B]. Loss: cross entropy; metrics:
 * accuracy, cross_entropy. The reference model is a classifier around the mixer.
 *
 * @param samples different samples of TRAIN and of each other split; indices start over behind them
 * @param backbone what the reference is like; T is its length, its vocabulary and classes are the task's
 */
public record ClassTask(Generator generator, Parts parts, Samples samples, long seed, EncoderConfig backbone)
        implements LogitsTask {
    private static final String LABEL = "label";

    /** Draws one sample; the index is there for tasks that balance their classes exactly. */
    @FunctionalInterface
    public interface Generator {
        Sample draw(Rng rng, long index);
    }

    /** One sequence, or two for a pair. */
    public record Sample(List<long[]> sequences, int label) {
        /** What makes two samples the same, whatever their label. */
        long[] content() {
            return sequences.stream()
                    .flatMapToLong(s ->
                            java.util.stream.LongStream.concat(Arrays.stream(s), java.util.stream.LongStream.of(-1)))
                    .toArray();
        }
    }

    /** Sequences a sample. */
    public enum Parts {
        ONE,
        PAIR
    }

    /** Sizes of the splits. */
    public record Samples(int train, int other) {}

    @Override
    public List<Port> batch() {
        String pair = parts == Parts.PAIR ? " P=2" : "";
        return List.of(
                Port.in("tokens", "B" + pair + " T", "token ids, 0 behind the end")
                        .as(DType.I64),
                Port.in("lengths", "B" + pair, "valid tokens").as(DType.I64),
                Port.in(LABEL, "B", "class").as(DType.I64));
    }

    /** The sample at an index of a split. */
    public Sample sample(Split split, long index) {
        long i = index % (split == Split.TRAIN ? samples.train() : samples.other());
        return Splits.sample(seed, split, i, rng -> generator.draw(rng, i), Sample::content);
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        List<long[]> rows = new ArrayList<>();
        long[] labels = new long[size];
        for (int i = 0; i < size; i++) {
            Sample s = sample(split, index * size + i);
            rows.addAll(s.sequences());
            labels[i] = s.label();
        }
        int t = backbone.length();
        long[] tokens = new long[rows.size() * t];
        long[] lengths = new long[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            lengths[i] = rows.get(i).length;
            System.arraycopy(rows.get(i), 0, tokens, i * t, rows.get(i).length);
        }
        boolean pair = parts == Parts.PAIR;
        return Tensors.of(
                "tokens",
                pair ? Tensor.of(tokens, size, 2, t) : Tensor.of(tokens, size, t),
                "lengths",
                pair ? Tensor.of(lengths, size, 2) : Tensor.of(lengths, size),
                LABEL,
                Tensor.of(labels, size));
    }

    @Override
    public String target() {
        return LABEL;
    }

    @Override
    public int classes() {
        return backbone.classes();
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Accuracy.of(LABEL), new CrossEntropy(LABEL));
    }

    @Override
    public double chance() {
        return 1.0 / backbone.classes();
    }

    @Override
    public Optional<LayerProvider<?>> reference(LayerRef mixer) {
        EncoderConfig c = backbone.with(new Mixer.Slot(mixer));
        return Optional.of(parts == Parts.PAIR ? new PairClassifierProvider(c) : new ClassifierProvider(c));
    }
}
