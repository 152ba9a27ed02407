package org.layerzoo.benchmarks.suite;

/**
 * A row measured at one number of threads.
 *
 * @param ourError largest relative error of a result against LibTorch's run of the same program in F64
 * @param peerError the same of LibTorch's own F32 run
 */
public record Figure(Row row, int threads, Times ours, Times peer, double ourError, double peerError) {
    /** LibTorch's median time over ours. */
    public double ratio() {
        return peer.median() / ours.median();
    }

    /** The same of the fastest runs, which other programs of the machine have disturbed least. */
    public double ratioOfFastest() {
        return peer.min() / ours.min();
    }
}
