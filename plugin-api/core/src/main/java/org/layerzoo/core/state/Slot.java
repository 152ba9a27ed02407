package org.layerzoo.core.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.Stable;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.HasTensors;
import org.layerzoo.core.tensor.Tensor;

/** A mutable holder around immutable tensors; axis 0 is the batch unless a slot says otherwise. */
@Stable(since = "0.1")
public sealed interface Slot extends HasTensors {
    Slot fork();

    /** Applies a function to every tensor held (select rows, stop gradients). */
    void replaceAll(UnaryOperator<Tensor> f);

    long bytes();

    /** Entries along the growing axis; 0 for fixed slots. */
    default long entries() {
        return 0;
    }

    /** One tensor of constant shape: a matrix state, a convolution tail. */
    final class Fixed implements Slot {
        private Tensor value;

        public Fixed(Tensor value) {
            this.value = value.keep();
        }

        public Tensor get() {
            return value;
        }

        /** @throws ZooException if the shape changes */
        public void set(Tensor t) {
            if (!t.shape().equals(value.shape())) {
                throw ZooException.badShape(
                        "fixed state slot: shape " + value.shape() + " expected, given " + t.shape());
            }
            value = t.keep();
        }

        @Override
        public Slot fork() {
            return new Fixed(value);
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            value = f.apply(value).keep();
        }

        @Override
        public long bytes() {
            return value.spec().bytes();
        }

        @Override
        public Iterable<Tensor> tensors() {
            return List.of(value);
        }
    }

    /** Pieces appended along an axis; an append keeps what is there and copies nothing until somebody reads the whole. */
    final class Growing implements Slot {
        private final int axis;
        private final List<Tensor> pieces = new ArrayList<>();

        public Growing(int axis) {
            this.axis = axis;
        }

        public void append(Tensor piece) {
            pieces.add(piece.keep());
        }

        public boolean isEmpty() {
            return pieces.isEmpty();
        }

        /** Everything so far as one tensor. */
        public Tensor get() {
            if (pieces.isEmpty()) {
                throw ZooException.badArgument("growing state slot: nothing was appended yet");
            }
            if (pieces.size() > 1) {
                Tensor whole = Ops.concat(axis, List.copyOf(pieces)).keep();
                pieces.clear();
                pieces.add(whole);
            }
            return pieces.getFirst();
        }

        /** Replaces the contents, as eviction and compaction do. */
        public void set(Tensor whole) {
            pieces.clear();
            pieces.add(whole.keep());
        }

        @Override
        public Slot fork() {
            Growing g = new Growing(axis);
            g.pieces.addAll(pieces);
            return g;
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            pieces.replaceAll(t -> f.apply(t).keep());
        }

        @Override
        public long bytes() {
            return pieces.stream().mapToLong(t -> t.spec().bytes()).sum();
        }

        @Override
        public long entries() {
            return pieces.stream().mapToLong(t -> t.dim(axis)).sum();
        }

        @Override
        public Iterable<Tensor> tensors() {
            return List.copyOf(pieces);
        }
    }

    /** The last {@code capacity} entries along an axis, oldest first, after {@code keep} entries that are never dropped (sinks). */
    final class Ring implements Slot {
        private final int axis;
        private final int keep;
        private final int capacity;
        private java.util.Optional<Tensor> value = java.util.Optional.empty();

        public Ring(int axis, int keep, int capacity) {
            this.axis = axis;
            this.keep = keep;
            this.capacity = capacity;
        }

        public void append(Tensor piece) {
            Tensor all = value.isEmpty() ? piece : Ops.concat(axis, value.get(), piece);
            int n = all.dim(axis);
            if (n > keep + capacity) {
                Tensor recent = all.slice(axis, n - capacity, n);
                all = keep == 0 ? recent : Ops.concat(axis, all.slice(axis, 0, keep), recent);
            }
            value = java.util.Optional.of(all.keep());
        }

        public java.util.Optional<Tensor> get() {
            return value;
        }

        @Override
        public Slot fork() {
            Ring r = new Ring(axis, keep, capacity);
            r.value = value;
            return r;
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            value = value.map(t -> f.apply(t).keep());
        }

        @Override
        public long bytes() {
            return value.map(t -> t.spec().bytes()).orElse(0L);
        }

        @Override
        public long entries() {
            return value.map(t -> (long) t.dim(axis)).orElse(0L);
        }

        @Override
        public Iterable<Tensor> tensors() {
            return value.stream().toList();
        }
    }

    /** Entries of different number for each (row, head): values [N, ...] in order of the offsets I64 [rows heads + 1]. */
    final class Ragged implements Slot {
        private Tensor values;
        private Tensor offsets;

        public Ragged(Tensor values, Tensor offsets) {
            set(values, offsets);
        }

        public void set(Tensor newValues, Tensor newOffsets) {
            if (newOffsets.get(newOffsets.dim(0) - 1) != newValues.dim(0)) {
                throw ZooException.badShape(
                        "ragged state slot: last offset " + (long) newOffsets.get(newOffsets.dim(0) - 1)
                                + " must be the number of values " + newValues.dim(0));
            }
            values = newValues.keep();
            offsets = newOffsets.keep();
        }

        public Tensor values() {
            return values;
        }

        public Tensor offsets() {
            return offsets;
        }

        /** Entries of one list. */
        public Tensor list(int i) {
            return values.slice(0, (int) offsets.get(i), (int) offsets.get(i + 1));
        }

        @Override
        public Slot fork() {
            return new Ragged(values, offsets);
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            values = f.apply(values).keep();
        }

        @Override
        public long bytes() {
            return values.spec().bytes() + offsets.spec().bytes();
        }

        @Override
        public long entries() {
            return values.dim(0);
        }

        @Override
        public Iterable<Tensor> tensors() {
            return List.of(values, offsets);
        }
    }

    /** Fixed-size pages along axis 0 of a pool [pages, pageSize, ...] with a table of page numbers for each sequence. */
    final class Paged implements Slot {
        private Tensor pool;
        private final List<List<Integer>> table;

        public Paged(Tensor pool, List<List<Integer>> table) {
            this.pool = pool.keep();
            this.table = new ArrayList<>(table.stream()
                    .map(ArrayList::new)
                    .map(l -> (List<Integer>) l)
                    .toList());
        }

        public Tensor pool() {
            return pool;
        }

        public void pool(Tensor t) {
            pool = t.keep();
        }

        public List<Integer> pages(int sequence) {
            return List.copyOf(table.get(sequence));
        }

        public void assign(int sequence, int page) {
            table.get(sequence).add(page);
        }

        @Override
        public Slot fork() {
            return new Paged(pool, table);
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            pool = f.apply(pool).keep();
        }

        @Override
        public long bytes() {
            return pool.spec().bytes();
        }

        @Override
        public long entries() {
            return table.stream().mapToLong(List::size).sum() * pool.dim(1);
        }

        @Override
        public Iterable<Tensor> tensors() {
            return List.of(pool);
        }
    }

    /** An object of the host (a search graph, a queue) with a rule for copying it. */
    final class Host<T> implements Slot {
        private T value;
        private final UnaryOperator<T> copy;
        private final java.util.function.ToLongFunction<T> size;

        public Host(T value, UnaryOperator<T> copy, java.util.function.ToLongFunction<T> size) {
            this.value = value;
            this.copy = copy;
            this.size = size;
        }

        public T get() {
            return value;
        }

        public void set(T v) {
            value = v;
        }

        @Override
        public Slot fork() {
            return new Host<>(copy.apply(value), copy, size);
        }

        @Override
        public void replaceAll(UnaryOperator<Tensor> f) {
            throw ZooException.unsupported("a host slot holds no tensors to reorder or detach");
        }

        @Override
        public long bytes() {
            return size.applyAsLong(value);
        }

        @Override
        public Iterable<Tensor> tensors() {
            return List.of();
        }
    }
}
