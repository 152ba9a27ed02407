package org.layerzoo.plugins.titans;

import java.util.List;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.titans.TitansConfig.Architecture;
import org.pf4j.Extension;

/** {@code titans/mac}: memory as context of attention, segment by segment. */
@Extension
public final class ContextProvider extends TitansProvider {
    @Override
    public String name() {
        return "mac";
    }

    @Override
    public TitansConfig defaults(Size size) {
        TitansConfig c = super.defaults(size);
        return new TitansConfig(
                c.dim(),
                c.heads(),
                c.depth(),
                c.chunk(),
                c.step(),
                c.convWidth(),
                Architecture.MAC,
                c.window(),
                c.persistent());
    }

    /** Those of the paper stand with its main layer. */
    @Override
    public List<Check> checks() {
        return List.of();
    }
}
