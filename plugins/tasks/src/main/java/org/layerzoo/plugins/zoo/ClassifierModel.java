package org.layerzoo.plugins.zoo;

import org.layerzoo.nn.host.ClassifierProvider;
import org.pf4j.Extension;

/** {@code zoo/classifier}: the encoder in which mixers are tried, with a head for classes. */
@Extension
public final class ClassifierModel extends ClassifierProvider {
    @Override
    public String name() {
        return "classifier";
    }
}
