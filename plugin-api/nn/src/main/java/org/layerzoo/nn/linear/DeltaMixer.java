package org.layerzoo.nn.linear;

import java.util.List;
import org.layerzoo.core.layer.Site;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.TokenProjections;

/** What mixers under the delta rule have in common: projected tokens, one matrix a head in slot {@code S}, and a gated way back from the reads. */
public abstract class DeltaMixer implements LinearMixer {
    /** The slot of the matrices. */
    protected static final String STATE = "S";

    /** The site of the reads [B, H, T, dv]. */
    protected static final String HEADS = "delta.heads";

    private final String layer;
    private final Memory memory;
    private final TokenProjections tokens;

    /** @param layer for messages @param heads of dk rows and dv columns */
    protected DeltaMixer(String layer, int heads, int dk, int dv, TokenProjections tokens) {
        this.layer = layer;
        this.memory = new Memory(STATE, heads, dk, dv);
        this.tokens = tokens;
    }

    protected final TokenProjections tokens() {
        return tokens;
    }

    @Override
    public final String layer() {
        return layer;
    }

    @Override
    public final boolean varlen() {
        return true;
    }

    @Override
    public final List<Memory> memory() {
        return List.of(memory);
    }

    @Override
    public final List<DepthwiseConv> convolutions() {
        return tokens.convolutions();
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(HEADS, "B H T d"));
    }
}
