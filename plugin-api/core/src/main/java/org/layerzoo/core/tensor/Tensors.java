package org.layerzoo.core.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** Named tensors in order; immutable. Dotted names make lists ("level.0", "level.1"). */
public final class Tensors implements HasTensors {
    private static final Tensors EMPTY = new Tensors(new LinkedHashMap<>());

    private final SequencedMap<String, Tensor> map;

    private Tensors(SequencedMap<String, Tensor> map) {
        this.map = map;
    }

    public static Tensors empty() {
        return EMPTY;
    }

    public static Tensors of(String name, Tensor t) {
        return EMPTY.with(name, t);
    }

    public static Tensors of(String n1, Tensor t1, String n2, Tensor t2) {
        return of(n1, t1).with(n2, t2);
    }

    public static Tensors of(String n1, Tensor t1, String n2, Tensor t2, String n3, Tensor t3) {
        return of(n1, t1, n2, t2).with(n3, t3);
    }

    public static Tensors of(Map<String, Tensor> map) {
        return new Tensors(new LinkedHashMap<>(map));
    }

    /** @throws ZooException if there is no tensor of that name; the message lists those there are */
    public Tensor get(String name) {
        Tensor t = map.get(name);
        if (t == null) {
            throw new ZooException(ErrorCode.BAD_TENSORS, "no tensor named '" + name + "': given " + map.keySet());
        }
        return t;
    }

    public Optional<Tensor> find(String name) {
        return Optional.ofNullable(map.get(name));
    }

    public boolean has(String name) {
        return map.containsKey(name);
    }

    public Tensors with(String name, Tensor t) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>(map);
        m.put(name, t);
        return new Tensors(m);
    }

    public Tensors with(Tensors more) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>(map);
        m.putAll(more.map);
        return new Tensors(m);
    }

    public Tensors without(String name) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>(map);
        m.remove(name);
        return new Tensors(m);
    }

    /** Tensors prefix.0, prefix.1, ... */
    public List<Tensor> list(String prefix) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; map.containsKey(prefix + "." + i); i++) {
            out.add(map.get(prefix + "." + i));
        }
        return out;
    }

    /** Those whose names start with {@code prefix}, which is cut off. */
    public Tensors under(String prefix) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>();
        map.forEach((k, v) -> {
            if (k.startsWith(prefix)) {
                m.put(k.substring(prefix.length()), v);
            }
        });
        return new Tensors(m);
    }

    public Tensors prefixed(String prefix) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>();
        map.forEach((k, v) -> m.put(prefix + k, v));
        return new Tensors(m);
    }

    public Tensors map(UnaryOperator<Tensor> f) {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>();
        map.forEach((k, v) -> m.put(k, f.apply(v)));
        return new Tensors(m);
    }

    /** These tensors with their numbers computed: what a measurement has to wait for. */
    public Tensors ready() {
        map.values().forEach(Tensor::ready);
        return this;
    }

    public Set<String> names() {
        return Collections.unmodifiableSequencedSet(map.sequencedKeySet());
    }

    public SequencedMap<String, Tensor> asMap() {
        return Collections.unmodifiableSequencedMap(map);
    }

    public int size() {
        return map.size();
    }

    /** The only tensor. */
    public Tensor single() {
        if (map.size() != 1) {
            throw new ZooException(ErrorCode.BAD_TENSORS, "exactly one tensor expected, given " + map.keySet());
        }
        return map.firstEntry().getValue();
    }

    @Override
    public Iterable<Tensor> tensors() {
        return map.values();
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
