package org.layerzoo.plugins.zoo;

import org.pf4j.Extension;

/** {@code zoo/s5}: products in the smallest group that is not solvable. */
@Extension
public final class S5Provider extends StateTracking {
    public S5Provider() {
        super("s5", 5);
    }
}
