package org.layerzoo.plugins.pointernetworks;

import org.layerzoo.nn.host.FixedAnswersProvider;
import org.pf4j.Extension;

/** {@code pointer-networks/fixed}: the paper's baselines, whose vocabulary is fixed. */
@Extension
public final class FixedProvider extends FixedAnswersProvider {
    @Override
    public String name() {
        return "fixed";
    }
}
