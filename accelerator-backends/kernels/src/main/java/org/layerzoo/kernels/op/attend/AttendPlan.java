package org.layerzoo.kernels.op.attend;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.TensorCores;

/**
 * Attention by tiles of 64 rows and 64 keys under a running softmax; scores never reach memory. 2 (d + dv) flops a visible pair; tiles that
 * no row sees are not visited. q and o move once, keys and values once for every 64 rows. Few rows (generated tokens) share a block with
 * the heads that read the same keys, and the keys are split over blocks whose parts are joined.
 */
public final class AttendPlan implements Plan<Attend> {
    private static final int MOST_VALUES = 256;
    private static final int FEW_ROWS = 8;
    private static final int ROWS = 64;
    /** Keys that are worth a block of their own. */
    private static final int LEAST_SPLIT = 128;

    @Override
    public Optional<String> refusal(Attend op, List<TensorSpec> in, Gpu.Limits limits) {
        if (op.norm() instanceof Normaliser.Clip || op.norm() instanceof Normaliser.MeanStd) {
            return Optional.of("a normaliser that needs a second pass over the scores: " + op.norm());
        }
        if (op.dropout() instanceof Dropout.Philox) {
            return Optional.of("dropout by draws inside the kernel");
        }
        if (!op.wants().equals(Wants.nothing())) {
            return Optional.of("results beside o and lse: " + op.wants());
        }
        int dv = in.get(2).shape().dim(-1);
        if (dv > MOST_VALUES) {
            return Optional.of("values of more than " + MOST_VALUES + " numbers, given " + dv);
        }
        for (Section s : op.sections()) {
            Optional<String> terms = SectionTerms.refusal(s, op.dropout() instanceof Dropout.Keep);
            if (terms.isPresent()) {
                return terms;
            }
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Attend op, List<Tensor> in, Gpu gpu) {
        List<TensorSpec> specs = op.infer(in.stream().map(Tensor::spec).toList());
        Tensor q = in.getFirst();
        Tensor o = gpu.empty(specs.getFirst());
        Tensor lse = op.norm().hasLse() ? gpu.empty(specs.get(1)) : o;
        List<Tensor> out = op.norm().hasLse() ? List.of(o, lse) : List.of(o);
        if (q.shape().product(0, 3) == 0) {
            return out;
        }
        List<KeySection> sections = KeySection.all(op, in);
        Shape shape = Shape.of(op, in, gpu.computeCapability());
        List<Integer> splits = splits(sections, shape.blocks, gpu.limits().units());
        int parts = splits.stream().mapToInt(Integer::intValue).sum();
        long rows = q.shape().product(0, 3);
        DType wide = Wide.of(q.dtype());
        Tensor workO = parts == 1 ? o : gpu.empty(TensorSpec.of(wide, parts, Math.toIntExact(rows), o.dim(3)));
        Tensor workLse = parts == 1 ? lse : gpu.empty(TensorSpec.of(wide, parts, Math.toIntExact(rows)));
        Tensor heads = headMap(op, q);
        int part = 0;
        for (int s = 0; s < sections.size(); s++) {
            KeySection keys = sections.get(s);
            KeySection.Share share = new KeySection.Share(shape.pack, splits.get(s), parts, part);
            Args args = Args.of(q, keys.k, keys.v, o, lse, workO, workLse);
            gpu.launch(shape.kernel, Grid.blocks(shape.blocks * splits.get(s), 256), keys.add(args, share, heads));
            part += splits.get(s);
        }
        if (parts > 1) {
            join(op, gpu, Args.of(workO, workLse, o, lse), o, parts);
        }
        return out;
    }

    @Override
    public Optional<String> unit(Attend op, List<TensorSpec> in, int capability) {
        return Shape.pack(op, in) == 0 && TensorCoreAttend.takes(op, in, capability)
                ? Optional.of(TensorCores.NAME)
                : Optional.empty();
    }

    /** @param blocks without splitting keys */
    private record Shape(GpuKernel kernel, int pack, long blocks) {
        static Shape of(Attend op, List<Tensor> tensors, int capability) {
            List<TensorSpec> in = tensors.stream().map(Tensor::spec).toList();
            TensorSpec q = in.getFirst();
            int dv = in.get(2).shape().dim(3);
            int pack = pack(op, in);
            long batch = (long) q.shape().dim(0) * q.shape().dim(1) / Math.max(1, pack);
            if (pack > 0) {
                return new Shape(Sources.of("attend", q.dtype(), "attend_rows"), pack, batch);
            }
            boolean mma = TensorCoreAttend.takes(op, in, capability);
            int rows = mma ? TensorCoreAttend.ROWS : ROWS;
            long tiles = (q.shape().dim(2) + rows - 1) / rows;
            GpuKernel kernel = mma
                    ? Sources.of(
                            "attend_mma",
                            q.dtype(),
                            "attend_mma_" + TensorCoreAttend.width(q.shape().dim(3), dv))
                    : Sources.of("attend", q.dtype(), sized(dv));
            return new Shape(kernel, 1, tiles * batch);
        }

        /** Heads that read one key head and whose rows together are few; 0 where rows are many. */
        static int pack(Attend op, List<TensorSpec> in) {
            int heads = in.get(0).shape().dim(1);
            int keyHeads = in.get(1).shape().dim(1);
            int rows = in.get(0).shape().dim(2);
            int group = keyHeads == 0 ? 1 : Math.max(1, heads / keyHeads);
            if (op.heads() instanceof HeadMap.Grouped && group * rows <= FEW_ROWS) {
                return group;
            }
            return rows <= FEW_ROWS ? 1 : 0;
        }
    }

    private static void join(Attend op, Gpu gpu, Args args, Tensor o, int parts) {
        gpu.launch(
                Sources.of("attend", o.dtype(), "attend_join"),
                Grid.over(o.size(), 256),
                args.i64(o.shape().product(0, 3))
                        .i32(o.dim(3), parts)
                        .i32(op.norm().hasLse()));
    }

    /** How many blocks share the keys of each section. */
    private static List<Integer> splits(List<KeySection> sections, long blocks, int units) {
        return sections.stream()
                .map(s -> (int) Math.clamp(2L * units / blocks, 1, Math.max(1, s.keys() / LEAST_SPLIT)))
                .toList();
    }

    private static String sized(int values) {
        return "attend_" + (values <= 64 ? 64 : values <= 128 ? 128 : 256);
    }

    /** The key head of each head as a tensor; q where no map is needed. */
    static Tensor headMap(Attend op, Tensor q) {
        return op.heads() instanceof HeadMap.Explicit e
                ? Tensor.of(
                        DType.I32,
                        e.keyHead().stream().mapToDouble(Integer::doubleValue).toArray(),
                        q.dim(1))
                : q;
    }
}
