package org.layerzoo.core.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The life of tensors, by callback: whatever a scope's body allocates is freed when it ends, unless it is returned
 * (directly, in a {@link Tensors}, a list, a map, an optional, an array or a record of these) or kept. A returned tensor
 * moves to the surrounding scope; without one it is left to the garbage collector.
 *
 * <p>Scopes nest and belong to one thread each; ranks that run as threads open their own.
 */
public final class TensorScope {
    private static final ScopedValue<TensorScope> CURRENT = ScopedValue.newInstance();

    private final List<Storage> owned = new ArrayList<>();

    private TensorScope() {}

    static TensorScope currentOrNull() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** Runs {@code body} in a new scope and hands its result on. */
    public static <T> T use(Supplier<T> body) {
        TensorScope outer = currentOrNull();
        TensorScope scope = new TensorScope();
        T result = null;
        boolean done = false;
        try {
            result = ScopedValue.where(CURRENT, scope).call(body::get);
            done = true;
            return result;
        } finally {
            scope.close(done ? Escaping.storages(result) : Set.of(), outer);
        }
    }

    /** Runs {@code body} in a new scope from which nothing leaves but what is kept. */
    public static void run(Runnable body) {
        use(() -> {
            body.run();
            return null;
        });
    }

    /** Blocks that ever left their scope: a call that keeps and returns nothing must leave this number as it was, or it leaks. */
    public static long blocksKept() {
        return Storage.kept();
    }

    synchronized void adopt(Storage s) {
        s.owner = this;
        owned.add(s);
    }

    /** Takes the block out of its scope's care. */
    static void keep(Storage s) {
        if (s.owner != null) {
            s.leaveScope();
        }
    }

    private synchronized void close(Set<Storage> escaping, TensorScope outer) {
        List<Storage> ending = new ArrayList<>();
        for (Storage s : owned) {
            if (s.owner != this) {
                continue;
            }
            if (!escaping.contains(s)) {
                s.owner = null;
                ending.add(s);
            } else if (outer != null) {
                outer.adopt(s);
            } else {
                s.leaveScope();
            }
        }
        // What nobody can read any more is not computed; what outlives the scope is, while its inputs are there.
        ending.stream().filter(s -> s.pending().isPresent()).forEach(Storage::release);
        ending.forEach(Storage::settle);
        ending.forEach(Storage::release);
        owned.clear();
    }

    /** Finds the tensors in a scope's result. */
    private static final class Escaping {
        static Set<Storage> storages(Object result) {
            Set<Storage> found = Collections.newSetFromMap(new IdentityHashMap<>());
            collect(result, found);
            return found;
        }

        private static void collect(Object o, Set<Storage> found) {
            switch (o) {
                case null -> {}
                case Tensor t -> t.storage().ifPresent(found::add);
                case HasTensors h -> h.tensors().forEach(t -> collect(t, found));
                case Iterable<?> i -> i.forEach(e -> collect(e, found));
                case java.util.Map<?, ?> m -> m.values().forEach(e -> collect(e, found));
                case java.util.Optional<?> p -> p.ifPresent(e -> collect(e, found));
                case Object[] a -> {
                    for (Object e : a) {
                        collect(e, found);
                    }
                }
                case Record r -> components(r, found);
                default -> {}
            }
        }

        private static void components(Record r, Set<Storage> found) {
            for (var c : r.getClass().getRecordComponents()) {
                Class<?> type = c.getType();
                if (type.isPrimitive() || type == String.class || type.isEnum()) {
                    continue;
                }
                try {
                    var m = c.getAccessor();
                    m.setAccessible(true);
                    collect(m.invoke(r), found);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("record " + r.getClass() + " hides component " + c.getName(), e);
                }
            }
        }
    }
}
