package org.layerzoo.plugins.nasefficienttransformers.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.plugins.nasefficienttransformers.Architecture;
import org.layerzoo.plugins.nasefficienttransformers.NasProvider;
import org.layerzoo.plugins.nasefficienttransformers.Space;
import org.pf4j.Extension;

/** Multiply-adds, in 10^9, at 1024 tokens of the largest network of the small space with linear attention, with softmax, and of a mixed one. */
@Extension
public final class CostProbe extends FiguresProbe {
    private static final long TOKENS = 1024;

    public CostProbe() {
        super("cost", "Multiply-adds at 1024 tokens, in 10^9");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Space space = new Space(new NasProvider().defaults(Size.TEST));
        int[] genes = space.extreme(true, false);
        SplittableRandom random = new SplittableRandom(c.draws().seed());
        int[] drawn = space.draw(random);
        // The first layer of the encoder linear, the last of the decoder not, so that the network is mixed; others by
        // chance.
        for (int i = 0; i < space.c().form().encoders().getLast(); i++) {
            genes[space.type(i)] = i == 0 ? 1 : drawn[space.type(i)];
        }
        Architecture all = space.decode(genes);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("linear", all.all(true).cost(TOKENS) / 1e9);
        out.put("mixed", all.cost(TOKENS) / 1e9);
        out.put("softmax", all.all(false).cost(TOKENS) / 1e9);
        return out;
    }
}
