package org.layerzoo.registry.serving;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Limits of serving as a whole; those of one deployment are its own.
 *
 * @param lease how long a runner that says nothing keeps its deployments
 * @param maxRequests requests of all deployments that are being read, wait or are computed
 * @param maxBytes bodies of these requests together
 */
@ConfigurationProperties("zoo.serving")
record ServingSettings(Duration lease, int maxRequests, DataSize maxBytes) {}
