package org.layerzoo.registry.publish;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Limits of what is published.
 *
 * @param maxSize bytes of a jar
 * @param maxUnpacked bytes of all its entries
 * @param maxEntries entries of a jar
 * @param licenses SPDX ids that a plugin's license may be one of
 * @param attempts how often a verification is asked for that ended for another reason than the plugin
 * @param retryPause after which it is asked for again as often
 */
@ConfigurationProperties("zoo.publish")
record UploadSettings(
        long maxSize, long maxUnpacked, int maxEntries, Set<String> licenses, int attempts, Duration retryPause) {}
