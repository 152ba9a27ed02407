package org.layerzoo.core.spi;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.DType;

/** The plugins at hand, by reference ID[@VERSION][/PROVIDER]. */
@Stable(since = "0.1")
public interface Catalog {
    Catalog EMPTY = new Catalog() {
        @Override
        public List<String> ids() {
            return List.of();
        }

        @Override
        public Optional<Provider<?>> find(String ref) {
            return Optional.empty();
        }

        @Override
        public Optional<PaperCard> card(String id) {
            return Optional.empty();
        }

        @Override
        public Model build(LayerRef ref, long seed, DType dtype) {
            throw new org.layerzoo.core.ZooException(
                    org.layerzoo.core.ErrorCode.UNKNOWN_PLUGIN, "no plugin '" + ref.id() + "': no plugins are loaded");
        }
    };

    List<String> ids();

    Optional<Provider<?>> find(String ref);

    Optional<PaperCard> card(String id);

    /** A model of a layer provider with the reference's options over its TEST defaults. */
    Model build(LayerRef ref, long seed, DType dtype);
}
