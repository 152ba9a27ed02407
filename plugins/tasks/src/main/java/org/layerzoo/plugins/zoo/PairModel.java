package org.layerzoo.plugins.zoo;

import org.layerzoo.nn.host.PairClassifierProvider;
import org.pf4j.Extension;

/** {@code zoo/pair-classifier}: two towers of the classifier with shared weights, for pairs of sequences. */
@Extension
public final class PairModel extends PairClassifierProvider {
    @Override
    public String name() {
        return "pair-classifier";
    }
}
