package org.layerzoo.registry.job;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Limits of jobs.
 *
 * @param lease how long a runner that says nothing keeps its job
 * @param wall how long a job may run
 * @param maxAttempts how often a job is started before it is given up
 * @param listeners how many streams of events may be open at a time
 */
@ConfigurationProperties("zoo.jobs")
record JobSettings(Duration lease, Duration wall, int maxAttempts, int listeners) {}
