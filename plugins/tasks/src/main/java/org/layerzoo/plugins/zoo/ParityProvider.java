package org.layerzoo.plugins.zoo;

import org.pf4j.Extension;

/** {@code zoo/parity}: is the number of ones so far odd? */
@Extension
public final class ParityProvider extends StateTracking {
    public ParityProvider() {
        super("parity", 2);
    }
}
