package org.layerzoo.plugins.zoo;

import org.layerzoo.nn.host.TokenLabellerProvider;
import org.pf4j.Extension;

/** {@code zoo/token-labeller}: the language model's sibling whose mixers may look ahead. */
@Extension
public final class LabellerModel extends TokenLabellerProvider {
    @Override
    public String name() {
        return "token-labeller";
    }
}
