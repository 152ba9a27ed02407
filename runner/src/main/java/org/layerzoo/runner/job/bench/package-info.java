/** Measuring layers: what is timed, how often, against which reference, and what grows how fast. */
package org.layerzoo.runner.job.bench;
