package org.layerzoo.kernels.op.attend;

import java.util.ArrayList;
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
import org.layerzoo.kernels.op.attend.Pairs.Sum;

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
        return refusal(op, in, limits, 0);
    }

    /** @param more tensors that a section's terms must have room for */
    Optional<String> refusal(Attend op, List<TensorSpec> in, Gpu.Limits limits, int more) {
        int dv = in.get(2).shape().dim(-1);
        if (dv > MOST_VALUES) {
            return Optional.of("values of more than " + MOST_VALUES + " numbers, given " + dv);
        }
        int tensors = more + (op.dropout() instanceof Dropout.None ? 0 : 1);
        tensors += op.norm() instanceof Normaliser.MeanStd ? 2 : 0;
        for (Section s : op.sections()) {
            Optional<String> terms = SectionTerms.refusal(s, tensors);
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
        List<Tensor> out = new ArrayList<>(List.of(o));
        List<KeySection> sections = KeySection.all(op, in, gpu);
        Tensor heads = headMap(op, q);
        boolean empty = q.shape().product(0, 3) == 0;
        Tensor facts = empty && op.norm().hasLse() ? gpu.empty(specs.get(1)) : empty ? o : facts(op, in, sections, gpu);
        if (op.norm().hasLse()) {
            out.add(facts);
        }
        if (!empty) {
            launch(op, in, sections, heads, o, facts, gpu);
        }
        wants(op, specs.subList(out.size(), specs.size()), sections, new Pairs(gpu, q, q, heads, facts, facts), q, gpu)
                .forEach(out::add);
        return out;
    }

    /** What a normaliser must know of rows before their weights, or memory for what it will. */
    private Tensor facts(Attend op, List<Tensor> in, List<KeySection> sections, Gpu gpu) {
        Tensor q = in.getFirst();
        return switch (op.norm()) {
            case Normaliser.Softmax s -> gpu.empty(TensorSpec.of(Wide.of(q.dtype()), q.dim(0), q.dim(1), q.dim(2)));
            case Normaliser.Clip c -> softened(op, in, gpu);
            case Normaliser.MeanStd m ->
                new RowFacts(gpu, sections, q, headMap(op, q)).moments(m).facts();
            default -> q;
        };
    }

    /** The log-sum-exp of the same scores under a softmax. */
    private Tensor softened(Attend op, List<Tensor> in, Gpu gpu) {
        Attend soft = new Attend(
                op.sections(),
                op.heads(),
                op.scale(),
                op.softcap(),
                new Normaliser.Softmax(),
                new Dropout.None(),
                Wants.nothing());
        int kept = op.dropout() instanceof Dropout.Keep ? 1 : 0;
        return run(soft, in.subList(0, in.size() - kept), gpu).get(1);
    }

    private static void launch(
            Attend op, List<Tensor> in, List<KeySection> sections, Tensor heads, Tensor o, Tensor facts, Gpu gpu) {
        Tensor q = in.getFirst();
        Shape shape = Shape.of(op, in, gpu.computeCapability());
        List<Integer> splits = splits(sections, shape.blocks, gpu.limits().units());
        int parts = splits.stream().mapToInt(Integer::intValue).sum();
        int rows = Math.toIntExact(q.shape().product(0, 3));
        DType wide = Wide.of(q.dtype());
        Tensor workO = parts == 1 ? o : gpu.empty(TensorSpec.of(wide, parts, rows, o.dim(3)));
        Tensor workLse = parts == 1 ? facts : gpu.empty(TensorSpec.of(wide, parts, rows));
        int part = 0;
        for (int s = 0; s < sections.size(); s++) {
            KeySection keys = sections.get(s);
            KeySection.Share share = new KeySection.Share(shape.pack, splits.get(s), parts, part);
            Args args = Args.of(q, keys.k, keys.v, o, facts, workO, workLse);
            gpu.launch(shape.kernel, Grid.blocks(shape.blocks * splits.get(s), 256), keys.add(args, share, heads));
            part += splits.get(s);
        }
        if (parts > 1) {
            join(op, gpu, Args.of(workO, workLse, o, facts), o, parts);
        }
    }

    private static List<Tensor> wants(
            Attend op, List<TensorSpec> specs, List<KeySection> sections, Pairs pairs, Tensor q, Gpu gpu) {
        int b = q.dim(0);
        int h = q.dim(1);
        int rows = q.dim(2);
        Wants w = op.wants();
        List<Sum> sums = new ArrayList<>();
        if (w.weights()) {
            sums.add(Sum.of(b, h, rows, -1));
        }
        if (w.columnMass() > 0) {
            sums.add(Sum.of(b, h, 1, -1).rowsFrom(rows - Math.min(rows, w.columnMass())));
        }
        if (w.rowMass()) {
            sums.add(Sum.of(b, h, rows, 1));
        }
        if (w.headMean() > 0) {
            int seen = Math.min(rows, w.headMean());
            sums.add(Sum.of(b, 1, seen, -1).rowsFrom(rows - seen).times(1.0 / h));
        }
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < sums.size(); i++) {
            Tensor t = gpu.empty(specs.get(i));
            int from = 0;
            for (KeySection s : sections) {
                pairs.sum(s, Pairs.What.WEIGHT, sums.get(i).of(s, from, sections), t);
                from += s.keys();
            }
            out.add(t);
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
                args.i64(o.shape().product(0, 3)).i32(o.dim(3), parts).i32(op.norm() instanceof Normaliser.Softmax));
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
