package org.layerzoo.oneapi.onednn;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Layer norms of F32 rows. */
final class LayerNorms {
    private static final int USE_SCALE = 2;
    private static final int USE_SHIFT = 4;

    private final Dnnl d;
    private final Recent<Question, Program> programs;

    LayerNorms(Dnnl d) {
        this.d = d;
        this.programs = new Recent<>(d);
    }

    private record Question(long rows, long width, float eps, boolean weight, boolean bias) {}

    Optional<String> refusal(LayerNorm op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        if (x.dtype() != DType.F32) {
            return Optional.of("oneDNN's layer norm wants weights in F32");
        }
        if (op.root() != Root.INSIDE || x.shape().size() == 0) {
            return Optional.of("oneDNN adds eps inside the root, to rows that have elements");
        }
        return Optional.empty();
    }

    List<Tensor> run(LayerNorm op, List<Tensor> in) {
        Shape s = in.getFirst().shape();
        long width = s.product(s.rank() - op.axes(), s.rank());
        Program p = programs.get(
                new Question(s.size() / width, width, (float) op.eps(), op.weight(), op.bias()), this::make);
        Tensor out = Tensor.allocate(in.getFirst().spec());
        MemorySegment[] data = new MemorySegment[in.size() + 1];
        for (int i = 0; i < in.size(); i++) {
            data[i] = in.get(i).segment();
        }
        data[in.size()] = out.segment();
        p.run(data);
        return List.of(out);
    }

    private Program make(Question q) {
        MemorySegment rows = Layout.dense(DType.F32, q.rows, q.width).describe(d);
        MemorySegment own = Layout.dense(DType.F32, q.width).describe(d);
        int flags = (q.weight ? USE_SCALE : 0) | (q.bias ? USE_SHIFT : 0);
        MemorySegment plan = d.made(
                "dnnl_layer_normalization_forward_primitive_desc_create", out -> (int) d.plans.layerNorm.invokeExact(
                        out,
                        d.engine,
                        Dnnl.FORWARD_INFERENCE,
                        rows,
                        rows,
                        MemorySegment.NULL,
                        q.eps,
                        flags,
                        MemorySegment.NULL));
        List<Integer> roles = new ArrayList<>(List.of(Dnnl.SRC));
        List<MemorySegment> layouts = new ArrayList<>(List.of(rows));
        if (q.weight) {
            roles.add(Dnnl.SCALE);
            layouts.add(own);
        }
        if (q.bias) {
            roles.add(Dnnl.SHIFT);
            layouts.add(own);
        }
        roles.add(Dnnl.DST);
        layouts.add(rows);
        return new Program(d, plan, roles.stream().mapToInt(r -> r).toArray(), layouts.toArray(MemorySegment[]::new));
    }
}
