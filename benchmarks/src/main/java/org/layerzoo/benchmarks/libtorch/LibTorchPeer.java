package org.layerzoo.benchmarks.libtorch;

import java.util.List;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.runner.job.bench.Peer;
import org.layerzoo.runner.job.bench.Recording;

/** LibTorch beside our layers: what a layer computes, op by op, as one TorchScript program. */
public final class LibTorchPeer implements Peer {
    @Override
    public String name() {
        return "libtorch";
    }

    @Override
    public boolean takes(FusedOp op, List<TensorSpec> in) {
        return FusedOps.takes(op, in);
    }

    @Override
    public Program program(Recording recording, int threads) {
        LibTorch torch = LibTorch.open();
        torch.threads(threads);
        String body = Translation.of(recording);
        Script script = recording.gradients() == 0
                ? torch.script(body, recording.leaves())
                : torch.differentiated(body, recording.leaves(), recording.gradients());
        return new Program() {
            @Override
            public void run() {
                script.run();
            }

            @Override
            public List<Tensor> results() {
                return script.results();
            }

            @Override
            public void close() {
                script.close();
            }
        };
    }
}
