package org.layerzoo.train.task;

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
import org.layerzoo.data.sequence.TokenSample;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.CrossEntropy;
import org.layerzoo.metrics.ExactMatch;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.TokenLabellerProvider;

/**
 * A task of predicting tokens along a sequence: batches of {@code tokens} and {@code targets}, both I64 [B, T], targets
 * -100 where nothing is asked. Loss: cross entropy; metrics: token_accuracy, exact_match, cross_entropy. The reference
 * model is a causal language model around the mixer, or one that looks both ways.
 *
 * @param backbone what the reference is like; its vocabulary is the task's
 * @param bothWays whether the reference may look ahead
 */
public record TokenTask(Generator generator, long seed, double chance, CausalLmConfig backbone, boolean bothWays)
        implements LogitsTask {
    private static final String TARGETS = "targets";

    /** From left to right. */
    public TokenTask(Generator generator, long seed, double chance, CausalLmConfig backbone) {
        this(generator, seed, chance, backbone, false);
    }

    /** Draws one sample. */
    @FunctionalInterface
    public interface Generator {
        TokenSample draw(Rng rng);
    }

    @Override
    public List<Port> batch() {
        return List.of(
                Port.in("tokens", "B T", "token ids").as(DType.I64),
                Port.in(TARGETS, "B T", "id to predict at each place, -100 for none")
                        .as(DType.I64));
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        long[][] tokens = new long[size][];
        long[][] targets = new long[size][];
        for (int i = 0; i < size; i++) {
            TokenSample s = Splits.sample(seed, split, index * size + i, generator::draw, TokenSample::tokens);
            tokens[i] = s.tokens();
            targets[i] = s.targets();
        }
        return Tensors.of("tokens", rows(tokens), TARGETS, rows(targets));
    }

    private static Tensor rows(long[][] rows) {
        return Tensor.of(Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray(), rows.length, rows[0].length);
    }

    @Override
    public String target() {
        return TARGETS;
    }

    @Override
    public int classes() {
        return backbone.vocab();
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Accuracy.ofTokens(TARGETS), new ExactMatch(TARGETS), new CrossEntropy(TARGETS));
    }

    @Override
    public Optional<LayerProvider<?>> reference(LayerRef mixer) {
        CausalLmConfig c = backbone.with(new Mixer.Slot(mixer));
        return Optional.of(bothWays ? new TokenLabellerProvider(c) : new CausalLmProvider(c));
    }
}
