package org.layerzoo.core.state;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.Stable;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.HasTensors;
import org.layerzoo.core.tensor.Tensor;

/**
 * Memory of a stream: named slots and, apart from their lengths, the number of tokens seen by each row. States of
 * children are slots under dotted names.
 */
@Stable(since = "0.1")
public final class State implements HasTensors {
    private final SequencedMap<String, Slot> slots = new LinkedHashMap<>();
    private final long[] positions;
    private final Optional<Parent> parent;
    private long touched;
    private long scored;

    private record Parent(State state, String prefix) {}

    public State(int batch) {
        this(new long[batch], Optional.empty());
    }

    private State(long[] positions, Optional<Parent> parent) {
        this.positions = positions;
        this.parent = parent;
    }

    /** Takes over the slots of a child's state under {@code prefix.}. */
    public State with(String prefix, State child) {
        child.slots.forEach((name, slot) -> with(prefix + "." + name, slot));
        return this;
    }

    /**
     * The state as the child at {@code prefix} sees it: its slots, shared, and the same rows. It starts at this state's
     * positions; whoever drives several children advances this state once, after all of them.
     */
    public State under(String prefix) {
        State s = new State(positions.clone(), Optional.of(new Parent(this, prefix + ".")));
        slots.forEach((name, slot) -> {
            if (name.startsWith(prefix + ".")) {
                s.slots.put(name.substring(prefix.length() + 1), slot);
            }
        });
        return s;
    }

    public State with(String name, Slot slot) {
        slots.put(name, slot);
        parent.ifPresent(p -> p.state.with(p.prefix + name, slot));
        return this;
    }

    public SequencedMap<String, Slot> slots() {
        return Collections.unmodifiableSequencedMap(slots);
    }

    public Slot.Fixed fixed(String name) {
        return slot(name, Slot.Fixed.class);
    }

    public Slot.Growing growing(String name) {
        return slot(name, Slot.Growing.class);
    }

    public Slot.Ring ring(String name) {
        return slot(name, Slot.Ring.class);
    }

    public Slot.Ragged ragged(String name) {
        return slot(name, Slot.Ragged.class);
    }

    /** @throws ZooException if there is no such slot of that kind */
    public <S extends Slot> S slot(String name, Class<S> kind) {
        Slot s = slots.get(name);
        if (!kind.isInstance(s)) {
            throw new ZooException(
                    ErrorCode.BAD_ARGUMENT,
                    "no " + kind.getSimpleName().toLowerCase() + " state slot '" + name + "': there are "
                            + slots.keySet());
        }
        return kind.cast(s);
    }

    /** Tokens seen by each row, which is the position of the next one; not the length of any cache. */
    public long[] positions() {
        return positions.clone();
    }

    public int batch() {
        return positions.length;
    }

    /** Position of the next token when all rows are at the same place. */
    public int position() {
        for (long p : positions) {
            if (p != positions[0]) {
                throw ZooException.unsupported("rows of this state are at different positions: ask for positions()");
            }
        }
        return Math.toIntExact(positions[0]);
    }

    /** Counts n more tokens in every row. */
    public void advance(int n) {
        for (int i = 0; i < positions.length; i++) {
            positions[i] += n;
        }
    }

    /** Counts work for {@link Usage}. */
    public void count(long entriesTouched, long scoreEvaluations) {
        touched += entriesTouched;
        scored += scoreEvaluations;
        parent.ifPresent(p -> p.state.count(entriesTouched, scoreEvaluations));
    }

    /** An independent copy that shares the immutable tensors. */
    public State fork() {
        State s = new State(positions.length);
        System.arraycopy(positions, 0, s.positions, 0, positions.length);
        slots.forEach((k, v) -> s.slots.put(k, v.fork()));
        return s;
    }

    /** Rows of the batch picked by index I64 [B'], as beam search needs. */
    public State reorder(Tensor rows) {
        State s = new State(rows.dim(0));
        long[] index = rows.toLongs();
        for (int i = 0; i < index.length; i++) {
            s.positions[i] = positions[Math.toIntExact(index[i])];
        }
        slots.forEach((k, v) -> {
            Slot copy = v.fork();
            copy.replaceAll(t -> Ops.indexSelect(t, 0, rows));
            s.slots.put(k, copy);
        });
        return s;
    }

    /** Cuts the gradient: later steps do not reach back beyond this point. */
    public void detach() {
        slots.values().forEach(s -> s.replaceAll(Ops::stop));
    }

    public Usage usage() {
        return new Usage(
                slots.values().stream().mapToLong(Slot::bytes).sum(),
                slots.values().stream().mapToLong(Slot::entries).sum(),
                touched,
                scored);
    }

    @Override
    public Iterable<Tensor> tensors() {
        return slots.values().stream()
                .flatMap(s -> java.util.stream.StreamSupport.stream(s.tensors().spliterator(), false))
                .toList();
    }
}
