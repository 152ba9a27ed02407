package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.function.Supplier;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * The ops of one run, as a program over numbered values: the leaves are 0 .. n-1, every result takes the next number.
 *
 * @param leaves inputs, parameters and constants, with their numbers
 * @param outputs numbers of what the run returns
 * @param gradients that many of the first leaves want gradients of the sum of all floating outputs; 0 for a forward run
 */
public record Recording(List<Tensor> leaves, List<Step> steps, List<Integer> outputs, int gradients) {
    /** One op; {@code out} are the numbers of its results. */
    public record Step(
            Op op, List<Integer> in, List<TensorSpec> inSpecs, List<Integer> out, List<TensorSpec> outSpecs) {}

    /**
     * Runs {@code body} on {@code on} and writes down what it did, fused ops whole where the peer takes them so.
     *
     * @param first leaves that come first, in this order
     * @throws org.layerzoo.core.ZooException UNSUPPORTED when it does something that is no op
     */
    public static Recording of(
            OpInterpreter on, Peer peer, List<Tensor> first, Supplier<List<Tensor>> body, int gradients) {
        Recorder recorder = new Recorder(on, peer, first);
        return recorder.recording(Exec.with(recorder, body), gradients);
    }
}
