/** LibTorch in this process, as the peer that figures are shown beside. */
package org.layerzoo.benchmarks.libtorch;
