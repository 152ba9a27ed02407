package org.layerzoo.cpuvector.op.elementwise;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Workers;

/** One pass over memory that computes the last value of a chain. */
final class ChainPass {
    private static final ThreadLocal<Arrays> ARRAYS = ThreadLocal.withInitial(Arrays::new);

    private final List<ChainValue> order;
    private final TensorSpec spec;
    private final MemorySegment out;
    /** Places in the order of a value's arguments. */
    private final int[][] arguments;
    /** How often each value is an argument. */
    private final int[] uses;

    private final MemorySegment[] memory;
    private final ValueLayout[] layouts;

    ChainPass(List<ChainValue> order, TensorSpec spec, MemorySegment out) {
        this.order = order;
        this.spec = spec;
        this.out = out;
        int n = order.size();
        arguments = new int[n][];
        uses = new int[n];
        memory = new MemorySegment[n];
        layouts = new ValueLayout[n];
        for (int i = 0; i < n; i++) {
            ChainValue v = order.get(i);
            arguments[i] = v.arguments().stream().mapToInt(order::indexOf).toArray();
            for (int a : arguments[i]) {
                uses[a]++;
            }
            memory[i] = v.input().map(t -> t.segment()).orElse(MemorySegment.NULL);
            layouts[i] = Blocks.layout(v.dtype());
        }
    }

    void run() {
        int cost = order.stream()
                .flatMap(v -> v.compute().stream())
                .mapToInt(ChainValue.Compute::cost)
                .sum();
        ValueLayout to = Blocks.layout(spec.dtype());
        Workers.pieces(spec.shape().size(), Blocks.PIECE, cost, (from, end) -> {
            Arrays arrays = ARRAYS.get();
            Room room = new Room(uses.length);
            for (long at = from; at < end; at += Blocks.BLOCK) {
                int n = (int) Math.min(Blocks.BLOCK, end - at);
                Object y = block(arrays, room, at, n);
                MemorySegment.copy(y, 0, out, to, at * to.byteSize(), n);
                arrays.give(y, spec.dtype());
            }
        });
    }

    /** What the blocks of one task share. */
    private record Room(Object[] values, int[] left, Object[] two, Object[] three) {
        Room(int n) {
            this(new Object[n], new int[n], new Object[2], new Object[3]);
        }
    }

    private Object block(Arrays arrays, Room room, long at, int n) {
        Object[] values = room.values;
        int[] left = room.left;
        System.arraycopy(uses, 0, left, 0, left.length);
        for (int i = 0; i < values.length; i++) {
            ChainValue v = order.get(i);
            Object y = arrays.take(v.dtype());
            if (v.compute().isEmpty()) {
                v.pattern().load(memory[i], layouts[i], at, n, y);
                values[i] = y;
                continue;
            }
            int[] from = arguments[i];
            Object[] x = from.length == 3 ? room.three : room.two;
            for (int a = 0; a < from.length; a++) {
                x[a] = --left[from[a]] == 0 ? values[from[a]] : copy(arrays, order.get(from[a]), values[from[a]], n);
            }
            values[i] = v.compute().get().step().apply(x, y, n);
            for (int a = 0; a < from.length; a++) {
                if (x[a] != values[i]) {
                    arrays.give(x[a], order.get(from[a]).dtype());
                }
            }
            if (y != values[i]) {
                arrays.give(y, v.dtype());
            }
        }
        return values[values.length - 1];
    }

    /** Steps overwrite their arguments: a value that is needed again keeps its own array. */
    private static Object copy(Arrays arrays, ChainValue v, Object from, int n) {
        Object to = arrays.take(v.dtype());
        System.arraycopy(from, 0, to, 0, n);
        return to;
    }

    /** Arrays of one block that a thread reuses. */
    private static final class Arrays {
        private final Map<DType, ArrayDeque<Object>> free = new EnumMap<>(DType.class);

        Object take(DType t) {
            Object a = free.computeIfAbsent(t, k -> new ArrayDeque<>()).poll();
            return a == null ? Blocks.array(t) : a;
        }

        void give(Object a, DType t) {
            free.get(t).push(a);
        }
    }
}
