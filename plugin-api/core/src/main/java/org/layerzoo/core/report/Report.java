package org.layerzoo.core.report;

import java.util.List;
import org.layerzoo.core.Stable;

/** What a probe or comparison found: blocks to show in order, and claims with the paper's figure beside ours. */
@Stable(since = "0.1")
public record Report(String title, List<Block> blocks, List<Measured> claims) {
    public Report {
        blocks = List.copyOf(blocks);
        claims = List.copyOf(claims);
    }

    /** A claim as measured here; {@code holds} says whether it does. */
    public record Measured(String claim, String ours, String paper, List<Long> seeds, boolean holds, String command) {}
}
