package org.layerzoo.plugins.zoo;

import org.layerzoo.nn.host.CausalLmProvider;
import org.pf4j.Extension;

/** {@code zoo/causal-lm}: the language model in which mixers are tried, as a subject of recipes and probes. */
@Extension
public final class CausalLmModel extends CausalLmProvider {
    @Override
    public String name() {
        return "causal-lm";
    }
}
