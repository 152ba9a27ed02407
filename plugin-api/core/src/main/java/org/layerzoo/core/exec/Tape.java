package org.layerzoo.core.exec;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Gradients;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;

/**
 * Reverse-mode differentiation: records the ops that depend on watched tensors and walks back through them. Gradient
 * rules are ops of the surrounding interpreter, so a tape under another tape gives second derivatives. One tape
 * belongs to one thread.
 */
public final class Tape implements OpInterpreter {
    private final OpInterpreter inner;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Tensor, Integer> tracked = new IdentityHashMap<>();

    private record Node(Op op, List<Tensor> in, List<Tensor> out) {}

    /** A tape over the current interpreter. */
    public Tape() {
        this(Exec.current());
    }

    public Tape(OpInterpreter inner) {
        this.inner = inner;
    }

    /** Declares tensors to which gradients will be asked for. */
    public Tape watch(Iterable<Tensor> tensors) {
        tensors.forEach(t -> tracked.put(t, -1));
        return this;
    }

    public Tape watch(Tensor... tensors) {
        return watch(List.of(tensors));
    }

    /** Runs {@code body} under this tape. */
    public <T> T record(Supplier<T> body) {
        return Exec.with(this, body);
    }

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        boolean follows = op.getClass() != Primitive.Stop.class
                && (in.stream().anyMatch(tracked::containsKey) || op instanceof Primitive.Custom c && c.source());
        List<Tensor> out = inner.apply(op, in);
        if (!follows) {
            return out;
        }
        // An op may hand an input through (a reshape to the same shape); a node needs tensors of its own.
        out = out.stream()
                .map(t -> in.stream().anyMatch(i -> i == t) ? t.view(t.shape()) : t)
                .toList();
        for (Tensor t : out) {
            if (t.dtype().isFloating()) {
                tracked.put(t, nodes.size());
            }
        }
        nodes.add(new Node(op, in, out));
        return out;
    }

    /** Gradients of sum(output) for a scalar or any tensor, to each of {@code wrt}: zeros where nothing depends on one. */
    public List<Tensor> gradient(Tensor output, List<Tensor> wrt) {
        return gradient(List.of(output), List.of(Exec.with(inner, () -> Ops.onesLike(output))), wrt);
    }

    /** Gradients of sum_i sum(outputs_i * cotangents_i) to each of {@code wrt}. */
    public List<Tensor> gradient(List<Tensor> outputs, List<Tensor> cotangents, List<Tensor> wrt) {
        return Exec.with(inner, () -> {
            wrt.forEach(this::retain);
            Map<Tensor, Tensor> grads = backward(outputs, cotangents);
            return wrt.stream()
                    .map(t -> Optional.ofNullable(grads.get(t)).orElseGet(() -> Ops.zerosLike(t)))
                    .toList();
        });
    }

    /** Gradients of whatever the outputs depend on; tensors without a path are absent. Runs under the current interpreter. */
    private Map<Tensor, Tensor> backward(List<Tensor> outputs, List<Tensor> cotangents) {
        Map<Tensor, Tensor> grads = new IdentityHashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            Tensor c = cotangents.get(i);
            if (!c.shape().equals(outputs.get(i).shape())) {
                throw ZooException.badShape(
                        "gradient: cotangent of shape " + outputs.get(i).shape() + " expected, given " + c.shape());
            }
            if (tracked.containsKey(outputs.get(i))) {
                accumulate(grads, outputs.get(i), c);
            }
        }
        for (int n = nodes.size() - 1; n >= 0; n--) {
            Node node = nodes.get(n);
            if (node.out.stream().anyMatch(grads::containsKey)) {
                Gradients.backward(node.op, new NodeBackprop(node, grads));
                node.out.forEach(t -> {
                    if (tracked.get(t) != null && tracked.get(t) >= 0 && !isWanted(t)) {
                        grads.remove(t);
                    }
                });
            }
        }
        return grads;
    }

    private boolean isWanted(Tensor t) {
        return sites.containsKey(t);
    }

    private final Map<Tensor, Boolean> sites = new IdentityHashMap<>();

    private void retain(Tensor t) {
        sites.put(t, true);
    }

    private static void accumulate(Map<Tensor, Tensor> grads, Tensor t, Tensor g) {
        Tensor before = grads.get(t);
        grads.put(t, before == null ? g : before.add(g));
    }

    private final class NodeBackprop implements Backprop {
        private final Node node;
        private final Map<Tensor, Tensor> grads;

        NodeBackprop(Node node, Map<Tensor, Tensor> grads) {
            this.node = node;
            this.grads = grads;
        }

        @Override
        public Tensor in(int i) {
            return node.in.get(i);
        }

        @Override
        public int inputs() {
            return node.in.size();
        }

        @Override
        public Tensor out(int i) {
            return node.out.get(i);
        }

        @Override
        public int outputs() {
            return node.out.size();
        }

        @Override
        public boolean hasGrad(int i) {
            return grads.containsKey(out(i));
        }

        @Override
        public Tensor grad(int i) {
            Tensor g = grads.get(out(i));
            return g == null ? Ops.zerosLike(out(i)) : g;
        }

        @Override
        public boolean needs(int i) {
            return tracked.containsKey(in(i)) && in(i).dtype().isFloating();
        }

        @Override
        public void add(int i, Supplier<Tensor> g) {
            if (!needs(i)) {
                return;
            }
            Tensor value = g.get();
            if (!value.shape().equals(in(i).shape())) {
                throw new IllegalStateException("gradient rule of " + node.op.name() + " gives " + value.shape()
                        + " for input " + i + " of " + in(i).shape());
            }
            accumulate(grads, in(i), value);
        }
    }

    /** Default gradient of a fused op: its decomposition is recorded anew and walked back. */
    public static void backwardThroughDecomposition(FusedOp op, Backprop b) {
        Tape tape = new Tape();
        List<Tensor> in = new ArrayList<>();
        List<Tensor> wanted = new ArrayList<>();
        List<Integer> which = new ArrayList<>();
        for (int i = 0; i < b.inputs(); i++) {
            // A fresh handle: one tensor may be given twice and each place has its own gradient.
            Tensor x = b.in(i).isAbstract() ? b.in(i) : b.in(i).view(b.in(i).shape());
            Tensor handle = b.needs(i) ? passThrough(b.in(i)) : x;
            in.add(handle);
            if (b.needs(i)) {
                wanted.add(handle);
                which.add(i);
            }
        }
        tape.watch(wanted);
        List<Tensor> out = tape.record(() -> op.decompose(List.copyOf(in)));
        List<Tensor> outs = new ArrayList<>();
        List<Tensor> cots = new ArrayList<>();
        for (int i = 0; i < out.size(); i++) {
            if (b.hasGrad(i)) {
                outs.add(out.get(i));
                cots.add(b.grad(i));
            }
        }
        List<Tensor> grads = tape.gradient(outs, cots, wanted);
        for (int i = 0; i < wanted.size(); i++) {
            Tensor g = grads.get(i);
            b.add(which.get(i), () -> g);
        }
    }

    /** A new handle on the same numbers that an outer tape still follows. */
    private static Tensor passThrough(Tensor x) {
        return Ops.one(new Primitive.Reshape(x.shape()), x);
    }
}
