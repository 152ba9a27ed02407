package org.layerzoo.registry.catalog;

import java.util.Optional;
import org.layerzoo.registry.api.MeasurementPage;

/** The stored benchmark results of jars. */
public interface Measurements {
    /** Newest first; empty filters let all through. */
    MeasurementPage page(
            String sha256, Optional<String> unit, Optional<String> pass, Optional<String> backend, int page, int size);
}
