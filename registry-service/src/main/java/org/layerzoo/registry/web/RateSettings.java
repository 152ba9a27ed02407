package org.layerzoo.registry.web;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * How many changes a caller may ask for.
 *
 * @param changesPerSecond in the long run
 * @param burst at once
 * @param loopback whether callers on this machine are counted too
 */
@ConfigurationProperties("zoo.rate")
record RateSettings(double changesPerSecond, int burst, boolean loopback) {}
