package org.layerzoo.nn;

import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;

/**
 * A mixer whose heads [B, H, T, d] can be read or replaced where they are finished and not yet merged, at the site {@code attn.heads}. It
 * hands them to {@code call.taps().at(HEADS, o)}.
 */
public interface HeadedLayer extends Layer {
    /** The site of the heads. */
    String HEADS = "attn.heads";

    @Override
    default List<Site> sites() {
        return List.of(new Site(HEADS, "B H T d"));
    }
}
