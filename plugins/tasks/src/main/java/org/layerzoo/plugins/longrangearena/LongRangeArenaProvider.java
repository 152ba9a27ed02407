package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.plugins.longrangearena.check.LongRangeArenaChecks;
import org.pf4j.Extension;

/** {@code long-range-arena} alone is {@code long-range-arena/listops}, the first task of the suite. */
@Extension
public final class LongRangeArenaProvider extends ListOpsProvider {
    @Override
    public String name() {
        return "";
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(new ListOpsGolden());
    }

    @Override
    public List<Check> checks() {
        return LongRangeArenaChecks.all();
    }
}
