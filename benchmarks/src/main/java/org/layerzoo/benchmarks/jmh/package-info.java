/** JMH suites of our ops and layers alone, for work on one kernel: {@code ./zoo peers jmh Ops}. */
package org.layerzoo.benchmarks.jmh;
