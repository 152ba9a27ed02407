package org.layerzoo.plugins.hiss;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of a hierarchical state space model. */
public record HissConfig(
        @Doc("channels of the sensor") @Range(min = 1) int inputs,
        @Doc("channels of the prediction") @Range(min = 1) int outputs,

        @Doc("samples k of a chunk: sensor rate over output rate") @Range(min = 1)
        int ratio,

        @Doc("level within chunks") Stack low,
        @Doc("level over chunks") Stack high,

        @Doc("whether one-step differences of the channels are appended")
        boolean deltas,

        @Doc("dropout while training") @Range(min = 0, max = 0.99)
        double dropout) {
    int channels() {
        return deltas ? 2 * inputs : inputs;
    }
}
