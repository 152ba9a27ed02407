package org.layerzoo.plugins.zoo;

import java.util.Arrays;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.Rng;
import org.layerzoo.data.listops.Expression;
import org.layerzoo.data.listops.ListOps;
import org.layerzoo.data.listops.Vocabulary;
import org.layerzoo.data.sequence.TokenSample;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of small ListOps; an expression's length counts 1 a digit and 2 an operator. */
public record SmallListOpsConfig(
        @Doc("depth of the deepest digits; the root has 1") @Range(min = 2)
        int maxDepth,

        @Doc("largest number of arguments") @Range(min = 2) int maxArguments,

        @Doc("lengths are below this, and above a quarter of it; T, padded in front") @Range(min = 5)
        int length,

        @Doc("model around the mixer") Backbone backbone) {
    public SmallListOpsConfig {
        new ListOps(maxDepth, maxArguments, length / 4, length);
    }

    private ListOps generator() {
        return new ListOps(maxDepth, maxArguments, length / 4, length);
    }

    /** The expression behind pads, its value asked for at its end. */
    TokenSample draw(Rng rng) {
        Expression e = generator().draw(rng);
        long[] ids = Vocabulary.ids(e);
        long[] tokens = new long[length];
        System.arraycopy(ids, 0, tokens, length - ids.length, ids.length);
        long[] targets = new long[length];
        Arrays.fill(targets, TokenSample.IGNORED);
        targets[length - 1] = Vocabulary.digit(e.value());
        return new TokenSample(tokens, targets);
    }

    CausalLmConfig model() {
        return backbone.model(Vocabulary.SIZE, length);
    }
}
