package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.ServiceLoader;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Another library that can compute what a layer computes, measured beside ours in the same process; found by ServiceLoader. */
public interface Peer {
    /** Name in results, e.g. "libtorch". */
    String name();

    /** Whether it has this op as a whole; otherwise its decomposition is asked for. */
    boolean takes(FusedOp op, List<TensorSpec> in);

    /**
     * The recorded computation as a program of this library, its leaves copied.
     *
     * @param threads that it may use
     * @throws ZooException UNSUPPORTED naming an op that it has no counterpart of, NO_BACKEND when it cannot be loaded
     */
    Program program(Recording recording, int threads);

    /** Ready to run as often as wanted, by one thread. */
    interface Program extends AutoCloseable {
        void run();

        /** Runs once: the recording's outputs, then its gradients. */
        List<Tensor> results();

        @Override
        void close();
    }

    /** Those on the class path. */
    static List<Peer> installed() {
        return ServiceLoader.load(Peer.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
