package org.layerzoo.plugins.zoo;

import org.pf4j.Extension;

/** {@code zoo/s3}: products in the smallest group that does not commute. */
@Extension
public final class S3Provider extends StateTracking {
    public S3Provider() {
        super("s3", 3);
    }
}
