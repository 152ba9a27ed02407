package org.layerzoo.plugins.zoo;

import java.util.List;
import org.layerzoo.core.spi.Check;
import org.layerzoo.plugins.zoo.check.ZooChecks;
import org.pf4j.Extension;

/** {@code zoo} alone is {@code zoo/mqar}: a jar needs a main provider, and this is the task asked for most. */
@Extension
public final class ZooProvider extends MqarProvider {
    @Override
    public String name() {
        return "";
    }

    @Override
    public List<Check> checks() {
        return ZooChecks.all();
    }
}
