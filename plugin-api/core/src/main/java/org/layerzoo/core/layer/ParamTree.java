package org.layerzoo.core.layer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** All parameters and buffers of a model, in the order of their declaration. */
public final class ParamTree {
    private final SequencedMap<String, Param> params = new LinkedHashMap<>();
    private final SequencedMap<String, Buffer> buffers = new LinkedHashMap<>();
    private final Draws draws;
    private final DType dtype;

    public ParamTree(Draws draws, DType dtype) {
        this.draws = draws;
        this.dtype = dtype;
    }

    public DType dtype() {
        return dtype;
    }

    /** A tree with these parameters and buffers themselves, not copies, to which more can be added. */
    public ParamTree extended() {
        ParamTree t = new ParamTree(draws, dtype);
        t.params.putAll(params);
        t.buffers.putAll(buffers);
        return t;
    }

    /** The declaring view. */
    public Params root() {
        return new View("", false);
    }

    /** A view in which a name that exists already is handed out again when its shape agrees. */
    public Params shared(String scope) {
        return new View("shared." + scope + ".", true);
    }

    public SequencedMap<String, Param> params() {
        return Collections.unmodifiableSequencedMap(params);
    }

    public SequencedMap<String, Buffer> buffers() {
        return Collections.unmodifiableSequencedMap(buffers);
    }

    public Param param(String path) {
        Param p = params.get(path);
        if (p == null) {
            throw new ZooException(ErrorCode.BAD_TENSORS, "no parameter '" + path + "': there are " + params.keySet());
        }
        return p;
    }

    public long count() {
        return params.values().stream().mapToLong(p -> p.spec().shape().size()).sum();
    }

    public List<Param> trainable() {
        return params.values().stream().filter(Param::trainable).toList();
    }

    /** Values of parameters and buffers by path. */
    public Tensors values() {
        SequencedMap<String, Tensor> m = new LinkedHashMap<>();
        params.forEach((k, p) -> m.put(k, p.value()));
        buffers.forEach((k, b) -> m.put(k, b.value()));
        return Tensors.of(m);
    }

    /**
     * Sets parameters and buffers by path.
     *
     * @param complete whether every parameter must be given
     * @throws ZooException listing everything unknown, missing or wrongly shaped at once; nothing is set then
     */
    public void load(Tensors values, boolean complete) {
        List<String> wrong = new ArrayList<>();
        for (String name : values.names()) {
            if (!params.containsKey(name) && !buffers.containsKey(name)) {
                wrong.add("unknown '" + name + "'");
                continue;
            }
            Shape expected = params.containsKey(name)
                    ? params.get(name).spec().shape()
                    : buffers.get(name).value().shape();
            if (!values.get(name).shape().equals(expected)) {
                wrong.add("'" + name + "' has shape " + values.get(name).shape() + ", expected " + expected);
            }
        }
        if (complete) {
            params.keySet().stream()
                    .filter(n -> !values.has(n))
                    .forEach(n -> wrong.add(
                            "missing '" + n + "' " + params.get(n).spec().shape()));
        }
        if (!wrong.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_TENSORS, "parameters do not fit: " + String.join("; ", wrong));
        }
        for (String name : values.names()) {
            Tensor t = values.get(name);
            if (params.containsKey(name)) {
                params.get(name).set(t.cast(params.get(name).spec().dtype()));
            } else {
                buffers.get(name).set(t.cast(buffers.get(name).value().dtype()));
            }
        }
    }

    private final class View implements Params {
        private final String prefix;
        private final boolean reuse;

        View(String prefix, boolean reuse) {
            this.prefix = prefix;
            this.reuse = reuse;
        }

        @Override
        public Param weight(String name, Shape shape, Init init, Param.Attr... attributes) {
            String path = prefix + name;
            Param before = params.get(path);
            if (before != null && reuse && before.spec().shape().equals(shape)) {
                return before;
            }
            refuseTwice(path, before != null || buffers.containsKey(path));
            Param p = new Param(path, init.values(path, shape, dtype, draws), Set.of(attributes));
            params.put(path, p);
            return p;
        }

        @Override
        public Buffer buffer(String name, DType type, Shape shape, Init init) {
            String path = prefix + name;
            Buffer before = buffers.get(path);
            if (before != null && reuse && before.value().shape().equals(shape)) {
                return before;
            }
            refuseTwice(path, before != null || params.containsKey(path));
            Buffer b = new Buffer(path, init.values(path, shape, type, draws));
            buffers.put(path, b);
            return b;
        }

        private void refuseTwice(String path, boolean exists) {
            if (exists) {
                throw ZooException.badArgument("parameter '" + path + "' is declared twice");
            }
        }

        @Override
        public Params at(String child) {
            return new View(prefix + child + ".", reuse);
        }
    }
}
