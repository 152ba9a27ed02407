package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.text.Characters;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/char-lm}: the manuals of this project, character by character. */
@Extension
public final class CharLmProvider extends NamedTask<CharLmConfig> {
    public CharLmProvider() {
        super("char-lm", CharLmConfig.class);
    }

    @Override
    public CharLmConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new CharLmConfig(32, new Backbone(32, 4, 2));
            case TEST -> new CharLmConfig(128, new Backbone(64, 4, 2));
            case PAPER -> new CharLmConfig(256, new Backbone(128, 4, 2));
        };
    }

    @Override
    public Task create(CharLmConfig c, long seed) {
        return new TokenTask(c.generator()::draw, seed, 1.0 / Characters.VOCABULARY, c.model());
    }
}
