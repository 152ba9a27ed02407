package org.layerzoo.plugins.hiss;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of a model that runs at the sensor's rate. */
public record FlatConfig(
        @Doc("channels of the sensor") @Range(min = 1) int inputs,
        @Doc("channels of the prediction") @Range(min = 1) int outputs,
        @Doc("samples k for one prediction") @Range(min = 1) int ratio,
        @Doc("layers") Stack stack,

        @Doc("dropout while training") @Range(min = 0, max = 0.99)
        double dropout) {}
