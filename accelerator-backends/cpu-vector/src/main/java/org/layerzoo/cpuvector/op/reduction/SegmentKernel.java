package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/** Rows joined by segment: rows are sorted by counting, then each task joins the rows of its segments in their order, in double. */
public final class SegmentKernel implements Kernel<Primitive.Segment> {
    /** Rows that a task joins, about. */
    private static final int TASK = 64;

    @Override
    public Optional<String> refusal(Primitive.Segment op, List<TensorSpec> in) {
        DType t = in.getFirst().dtype();
        return t == DType.F32 || op.kind() == SegmentKind.COUNT
                ? Optional.empty()
                : Optional.of("no loop for " + op.name() + " of " + t);
    }

    @Override
    public String kind(Primitive.Segment op, List<TensorSpec> in) {
        return "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Segment op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out =
                Tensor.allocate(op.infer(in.stream().map(Tensor::spec).toList()).getFirst());
        int[] ids = ids(op, in.get(1));
        int width = Math.toIntExact(x.shape().product(1, x.rank()));
        int[] start = starts(ids, op.segments());
        int[] rows = sorted(ids, start);
        long grain = Math.max(1, (long) TASK * op.segments() / Math.max(1, ids.length));
        Workers.pieces(op.segments(), grain, x.size() / Math.max(1, op.segments()) + 1, (from, end) -> {
            double[] y = new double[width];
            float[] v = new float[width];
            for (int s = (int) from; s < end; s++) {
                int n = start[s + 1] - start[s];
                if (op.kind() == SegmentKind.COUNT) {
                    count(out.segment(), (long) s * width, width, n);
                    continue;
                }
                Arrays.fill(y, neutral(op.kind()));
                for (int r = start[s]; r < start[s + 1]; r++) {
                    Floats.load(x.segment(), (long) rows[r] * width, v, 0, width);
                    join(op.kind(), y, v);
                }
                store(op.kind(), y, n, v, out.segment(), (long) s * width);
            }
        });
        return List.of(out);
    }

    private static int[] ids(Primitive.Segment op, Tensor ids) {
        int[] out = new int[Math.toIntExact(ids.size())];
        MemorySegment s = ids.segment();
        for (int i = 0; i < out.length; i++) {
            long id = s.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L);
            if (id < 0 || id >= op.segments()) {
                throw ZooException.badArgument(op.name() + ": ids from 0 to " + (op.segments() - 1)
                        + " expected, given " + id + " at row " + i);
            }
            out[i] = (int) id;
        }
        return out;
    }

    private static int[] starts(int[] ids, int segments) {
        int[] start = new int[segments + 1];
        for (int id : ids) {
            start[id + 1]++;
        }
        for (int s = 0; s < segments; s++) {
            start[s + 1] += start[s];
        }
        return start;
    }

    private static int[] sorted(int[] ids, int[] start) {
        int[] next = start.clone();
        int[] rows = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            rows[next[ids[i]]++] = i;
        }
        return rows;
    }

    private static double neutral(SegmentKind kind) {
        return switch (kind) {
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
            default -> 0;
        };
    }

    private static void join(SegmentKind kind, double[] y, float[] v) {
        for (int c = 0; c < y.length; c++) {
            y[c] = switch (kind) {
                case MAX -> Math.max(y[c], v[c]);
                case MIN -> Math.min(y[c], v[c]);
                default -> y[c] + v[c];
            };
        }
    }

    private static void store(SegmentKind kind, double[] y, int n, float[] v, MemorySegment out, long at) {
        double by = kind == SegmentKind.MEAN ? Math.max(1, n) : 1;
        for (int c = 0; c < y.length; c++) {
            v[c] = (float) (y[c] / by);
        }
        Floats.store(v, 0, out, at, y.length);
    }

    private static void count(MemorySegment out, long at, int width, int n) {
        for (int c = 0; c < width; c++) {
            out.set(ValueLayout.JAVA_LONG_UNALIGNED, (at + c) * 8, n);
        }
    }
}
