package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Writes down the ops of a run while another interpreter executes them. */
final class Recorder implements OpInterpreter {
    private final OpInterpreter inner;
    private final Peer peer;
    private final Set<Tensor> known = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Tensor> leaves = new ArrayList<>();
    private final List<Drafted> drafts = new ArrayList<>();

    private record Drafted(Op op, List<Tensor> in, List<Tensor> out) {}

    /** @param first leaves that come first, in this order */
    Recorder(OpInterpreter inner, Peer peer, List<Tensor> first) {
        this.inner = inner;
        this.peer = peer;
        first.forEach(this::leaf);
    }

    private void leaf(Tensor t) {
        if (known.add(t)) {
            leaves.add(t);
        }
    }

    /** @throws ZooException UNSUPPORTED for code that is no op */
    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        if (op instanceof FusedOp f
                && !peer.takes(f, in.stream().map(Tensor::spec).toList())) {
            return Exec.with(this, () -> f.decompose(in));
        }
        if (op instanceof Primitive.Custom || op instanceof Primitive.Host) {
            throw ZooException.unsupported("the layer runs code of its own (" + op.name() + "), which no peer has");
        }
        in.forEach(this::given);
        // A tensor may be handed through: as a result it is a new one.
        List<Tensor> out =
                inner.apply(op, in).stream().map(t -> t.view(t.shape())).toList();
        known.addAll(out);
        drafts.add(new Drafted(op, in, out));
        return out;
    }

    /** A tensor that no op made is a leaf, unless it looks into a result: then its number would stay what it was in this run. */
    private void given(Tensor t) {
        if (known.contains(t)) {
            return;
        }
        long at = t.segment().address();
        for (Drafted d : drafts) {
            // What a reshape gives lies where its argument lies, which is looked at anyway.
            for (Tensor r : d.op instanceof Primitive.Reshape ? List.<Tensor>of() : d.out) {
                long from = r.segment().address();
                if (at >= from && at < from + Math.max(1, r.spec().bytes())) {
                    throw ZooException.unsupported(
                            "a view of the result of " + d.op.name() + " is made outside of ops");
                }
            }
        }
        leaf(t);
    }

    /** What was written down, with {@code outputs} as results. */
    Recording recording(List<Tensor> outputs, int gradients) {
        outputs.forEach(this::given);
        Map<Tensor, Integer> numbers = new IdentityHashMap<>();
        leaves.forEach(t -> numbers.put(t, numbers.size()));
        List<Recording.Step> steps = new ArrayList<>();
        for (Drafted d : drafts) {
            d.out.forEach(t -> numbers.put(t, numbers.size()));
            steps.add(new Recording.Step(
                    d.op, numbers(numbers, d.in), specs(d.in), numbers(numbers, d.out), specs(d.out)));
        }
        return new Recording(List.copyOf(leaves), steps, numbers(numbers, outputs), gradients);
    }

    private static List<Integer> numbers(Map<Tensor, Integer> numbers, List<Tensor> tensors) {
        return tensors.stream().map(numbers::get).toList();
    }

    private static List<TensorSpec> specs(List<Tensor> tensors) {
        return tensors.stream().map(Tensor::spec).toList();
    }
}
