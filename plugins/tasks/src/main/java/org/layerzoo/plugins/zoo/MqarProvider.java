package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.sequence.Mqar;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/mqar}: multi-query associative recall. */
@Extension
public class MqarProvider extends NamedTask<MqarConfig> {
    public MqarProvider() {
        super("mqar", MqarConfig.class);
    }

    @Override
    public MqarConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new MqarConfig(16, 16, 2, 0.1, true, false, new Backbone(32, 4, 2));
            case TEST -> new MqarConfig(64, 64, 4, 0.1, true, false, new Backbone(64, 4, 2));
            case PAPER -> new MqarConfig(8192, 512, 64, 0.01, true, false, new Backbone(128, 4, 2));
        };
    }

    /** Chance: a value drawn from those there are. */
    @Override
    public Task create(MqarConfig c, long seed) {
        Mqar recall = c.generator();
        TokenTask.Generator samples = c.reversed() ? rng -> recall.draw(rng).reversed() : recall::draw;
        CausalLmConfig model = c.backbone().model(c.vocab(), c.length());
        return new TokenTask(samples, seed, 1.0 / (c.vocab() - c.vocab() / 2), model, c.reversed());
    }
}
