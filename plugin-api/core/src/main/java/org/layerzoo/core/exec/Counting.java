package org.layerzoo.core.exec;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.layerzoo.core.op.Flops;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Counts floating-point operations and bytes moved (inputs read once, outputs written once) while another interpreter does the work. */
public final class Counting implements OpInterpreter {
    private final OpInterpreter inner;
    private final Map<String, Long> calls = new TreeMap<>();
    private long flops;
    private long bytes;

    public Counting(OpInterpreter inner) {
        this.inner = inner;
    }

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        List<TensorSpec> specs = Dispatcher.specs(in);
        List<Tensor> out = inner.apply(op, in);
        flops += Flops.of(op, specs);
        bytes += specs.stream().mapToLong(TensorSpec::bytes).sum()
                + out.stream().mapToLong(t -> t.spec().bytes()).sum();
        calls.merge(op.name(), 1L, Long::sum);
        return out;
    }

    public long flops() {
        return flops;
    }

    public long bytes() {
        return bytes;
    }

    /** How often each op ran. */
    public Map<String, Long> calls() {
        return Map.copyOf(calls);
    }

    /** FLOPs of a fused op's decomposition, computed on shapes alone. */
    public static long flopsOfDecomposition(FusedOp op, List<TensorSpec> in) {
        Counting c = new Counting(ShapesOnly.INSTANCE);
        List<Tensor> abstracts = in.stream().map(Tensor::abstractOf).toList();
        Exec.with(c, () -> op.decompose(abstracts));
        return c.flops();
    }
}
