/** The table of work that is measured beside LibTorch: what each row computes in both, with which target. */
package org.layerzoo.benchmarks.suite;
