package org.layerzoo.registry.weights;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Limits of weights.
 *
 * @param maxSize of a file
 * @param uploadExpiry after which an upload that nobody goes on with is forgotten
 */
@ConfigurationProperties("zoo.weights")
record WeightsSettings(DataSize maxSize, Duration uploadExpiry) {}
