package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.nn.host.EncoderConfig;
import org.layerzoo.train.task.ClassTask;

/** The encoder that contestants are compared in, and how many samples there are. */
public record Backbone(
        @Doc("model width D") @Range(min = 1) int dim,
        @Doc("heads of the mixer") @Range(min = 1) int heads,
        @Doc("blocks") @Range(min = 1) int depth,

        @Doc("hidden width of the channel mixer and the head") @Range(min = 1)
        int hidden,

        @Doc("how rows become one; cls needs a mixer that looks both ways")
        EncoderConfig.Pool pool,

        @Doc("training samples") @Range(min = 1) int train,

        @Doc("samples of validation and of test") @Range(min = 1)
        int other) {
    /** Tiny mode of the sheet: two blocks of width 64, 4000 samples. */
    static Backbone tiny() {
        return new Backbone(64, 4, 2, 128, EncoderConfig.Pool.MEAN, 4000, 1000);
    }

    static Backbone test() {
        return new Backbone(64, 4, 2, 128, EncoderConfig.Pool.MEAN, 16000, 2000);
    }

    /** Base sizes of the benchmark: layers, D, heads and MLP by task; the released training pools by CLS. */
    static Backbone paper(int depth, int dim, int heads, int hidden, int train, int other) {
        return new Backbone(dim, heads, depth, hidden, EncoderConfig.Pool.CLS, train, other);
    }

    ClassTask task(
            ClassTask.Generator generator, ClassTask.Parts parts, int vocab, int length, int classes, long seed) {
        EncoderConfig.Head head = new EncoderConfig.Head(pool, hidden, classes);
        EncoderConfig model = EncoderConfig.usual(vocab, dim, heads, depth, hidden, length, head);
        return new ClassTask(generator, parts, new ClassTask.Samples(train, other), seed, model);
    }
}
