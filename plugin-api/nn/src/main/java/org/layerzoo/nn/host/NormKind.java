package org.layerzoo.nn.host;

import org.layerzoo.core.layer.Params;
import org.layerzoo.nn.Norm;

/** Normalisation of a host: LAYER with shift and eps 1e-5, RMS with eps 1e-6. */
public enum NormKind {
    LAYER,
    RMS;

    Norm build(Params p, String name, int dim) {
        return this == LAYER ? Norm.Layer.of(p, name, dim, 1e-5) : Norm.Rms.of(p, name, dim, 1e-6);
    }
}
