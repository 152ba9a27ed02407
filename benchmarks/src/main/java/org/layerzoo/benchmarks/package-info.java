/** Measuring LayerZoo beside other programs. */
package org.layerzoo.benchmarks;
