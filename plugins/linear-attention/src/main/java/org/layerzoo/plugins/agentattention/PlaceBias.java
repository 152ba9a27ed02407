package org.layerzoo.plugins.agentattention;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * One learned agent bias: a 7 x 7 table an agent, resized to the map, plus one number a row and one a column, plus one for
 * the class token where there is one.
 *
 * @param agentsFirst B1 [1, H, n, S] of stage a, else B2 [1, H, N, n] of stage b
 */
record PlaceBias(Param map, Param rows, Param columns, Optional<Param> classToken, boolean agentsFirst) {
    private static final int WINDOW = 7;

    /** B1 over a map of h x w keys. */
    static PlaceBias ofKeys(Params p, int heads, int n, int h, int w, boolean classToken) {
        return new PlaceBias(
                declare(p, "an_bias", heads, n, WINDOW, WINDOW),
                declare(p, "ah_bias", 1, heads, n, h, 1),
                declare(p, "aw_bias", 1, heads, n, 1, w),
                classToken ? Optional.of(declare(p, "ac_bias", 1, heads, n, 1)) : Optional.empty(),
                true);
    }

    /** B2 over a map of h x w queries. */
    static PlaceBias ofQueries(Params p, int heads, int n, int h, int w, boolean classToken) {
        return new PlaceBias(
                declare(p, "na_bias", heads, n, WINDOW, WINDOW),
                declare(p, "ha_bias", 1, heads, h, 1, n),
                declare(p, "wa_bias", 1, heads, 1, w, n),
                classToken ? Optional.of(declare(p, "ca_bias", 1, heads, 1, n)) : Optional.empty(),
                false);
    }

    private static Param declare(Params p, String name, int... dims) {
        return p.weight(name, Shape.of(dims), Init.truncatedNormal(0.02), new Param.Attr.NoDecay());
    }

    Tensor value() {
        Tensor table = map.value();
        int heads = table.dim(0);
        int n = table.dim(1);
        int h = rows.value().dim(agentsFirst ? 3 : 2);
        int w = columns.value().dim(agentsFirst ? 4 : 3);
        Tensor resized = Spatial.interpolate(table, Spatial.Interpolation.LINEAR, false, h, w)
                .reshape(1, heads, n, h, w);
        Tensor sum = (agentsFirst ? resized : resized.permute(0, 1, 3, 4, 2))
                .add(rows.value())
                .add(columns.value());
        Tensor places = agentsFirst ? sum.reshape(1, heads, n, h * w) : sum.reshape(1, heads, h * w, n);
        return classToken
                .map(c -> Ops.concat(agentsFirst ? 3 : 2, c.value(), places))
                .orElse(places);
    }
}
