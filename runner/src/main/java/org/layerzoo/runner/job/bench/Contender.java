package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/**
 * One implementation whose result was found right, ready to be timed. It lives in the scope in which it was made.
 *
 * @param cell all figures but the times
 */
record Contender(String name, Runnable body, Cell cell, Runnable end) implements AutoCloseable {
    private static final Timing NOT_YET = new Timing(0, 0, 0, 0);

    /** Our kernels, or with {@link Naive} the decompositions on the same backend; fallbacks are counted by {@code backend}. */
    static Contender ours(String name, Run run, Dispatcher backend, OpInterpreter on, Gate.Verdict right) {
        Prepared p = Prepared.of(run, on);
        Runnable body = () -> TensorScope.run(p.body);
        backend.clearFallbacks();
        Memory.resetPeak();
        long before = Memory.liveBytes();
        body.run();
        long peak = Memory.peakBytes() - before;
        List<String> fallbacks = List.copyOf(backend.fallbacks().keySet());
        Cell cell = new Cell(
                run.length,
                NOT_YET,
                Optional.of(peak),
                p.stateBytes,
                TensorScope.use(() -> flops(run, on)),
                fallbacks,
                right);
        return new Contender(name, body, cell, () -> {});
    }

    /** Something to run: a workload at a length, as a question asks for it. */
    record Run(Workload workload, Question question, int length) {}

    private record Prepared(Runnable body, long stateBytes) {
        static Prepared of(Run r, OpInterpreter on) {
            Question q = r.question;
            if (q.pass() == Question.Pass.DECODE) {
                Runs.Decoding d = Runs.Decoding.after(r.workload, r.length, q.batch(), q.dtype(), on);
                return new Prepared(d::step, d.state().usage().bytes());
            }
            Tensors in = r.workload.inputs(r.length);
            return new Prepared(
                    q.pass() == Question.Pass.FORWARD
                            ? () -> Runs.forward(r.workload, in, on)
                            : () -> Runs.backward(r.workload, in, on),
                    0);
        }
    }

    /** Analytic count of one run. */
    private static long flops(Run run, OpInterpreter on) {
        Counting counting = new Counting(on);
        Runnable once = Prepared.of(run, counting).body;
        long before = counting.flops();
        once.run();
        return counting.flops() - before;
    }

    /**
     * Another library with the same computation; its result is compared with ours over the full length.
     *
     * @throws ZooException UNSUPPORTED when it cannot compute this, CHECK_FAILED when its result differs
     */
    static Contender peer(Peer peer, Run run, OpInterpreter on, int threads, long flops) {
        if (run.question.pass() == Question.Pass.DECODE) {
            throw ZooException.unsupported("a peer cannot follow how a layer keeps its state");
        }
        Recorded r = Recorded.of(peer, run, on);
        Peer.Program program = peer.program(r.recording, threads);
        try {
            Gate.Verdict v = Gate.passed(
                    new Gate.Verdict(TensorScope.use(() -> worst(program.results(), r.results)), run.length),
                    run.question);
            Cell cell = new Cell(run.length, NOT_YET, Optional.empty(), 0, flops, List.of(), v);
            return new Contender(peer.name(), program::run, cell, program::close);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** The program of a run, and what it gave: outputs, then gradients to the inputs. */
    private record Recorded(Recording recording, List<Tensor> results) {
        static Recorded of(Peer peer, Run run, OpInterpreter on) {
            Tensors in = run.workload.inputs(run.length);
            boolean backward = run.question.pass() == Question.Pass.BACKWARD;
            List<Tensor> first = Runs.differentiable(run.workload, in);
            Recording recording = Recording.of(
                    on,
                    peer,
                    first,
                    () -> List.copyOf(run.workload.run(in).asMap().values()),
                    backward ? first.size() : 0);
            Tensors ours = backward ? Runs.backward(run.workload, in, on) : Runs.forward(run.workload, in, on);
            return new Recorded(recording, List.copyOf(ours.asMap().values()));
        }
    }

    private static double worst(List<Tensor> given, List<Tensor> expected) {
        double worst = 0;
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i).dtype().isFloating()) {
                double e = Errors.relative(
                        given.get(i).cast(DType.F64), expected.get(i).cast(DType.F64));
                worst = Double.isNaN(e) ? e : Math.max(worst, e);
            }
        }
        return worst;
    }

    Cell timed(Timing t) {
        return new Cell(
                cell.length(), t, cell.peakBytes(), cell.stateBytes(), cell.flops(), cell.fallbacks(), cell.gate());
    }

    @Override
    public void close() {
        end.run();
    }
}
