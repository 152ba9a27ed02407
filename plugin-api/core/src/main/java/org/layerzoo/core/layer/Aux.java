package org.layerzoo.core.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.Stable;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What a layer gives beside its outputs: auxiliary ports that somebody wants, and weighted losses. */
@Stable(since = "0.1")
public final class Aux {
    private final Set<String> wanted;
    private final boolean collecting;
    private final Map<String, Tensor> ports;
    private final Map<String, Loss> losses;
    private final String path;

    /** A loss term and the weight with which it enters the objective. */
    public record Loss(Tensor value, double weight) {}

    private Aux(
            Set<String> wanted, boolean collecting, Map<String, Tensor> ports, Map<String, Loss> losses, String path) {
        this.wanted = wanted;
        this.collecting = collecting;
        this.ports = ports;
        this.losses = losses;
        this.path = path;
    }

    /** Wants no port and drops losses. */
    public static Aux none() {
        return new Aux(Set.of(), false, new LinkedHashMap<>(), new LinkedHashMap<>(), "");
    }

    /** Collects losses and the named ports (full paths). */
    public static Aux collecting(String... ports) {
        return new Aux(Set.of(ports), true, new LinkedHashMap<>(), new LinkedHashMap<>(), "");
    }

    Aux under(String child) {
        return collecting ? new Aux(wanted, true, ports, losses, full(child)) : this;
    }

    public boolean wants(String port) {
        return wanted.contains(full(port));
    }

    /** Whether losses are used at all, so that a layer need not compute them in vain. */
    public boolean wantsLosses() {
        return collecting;
    }

    public void put(String port, Tensor t) {
        if (wants(port)) {
            ports.put(full(port), t);
        }
    }

    public void loss(String name, Tensor value, double weight) {
        if (collecting) {
            losses.put(full(name), new Loss(value, weight));
        }
    }

    public Tensors ports() {
        return Tensors.of(ports);
    }

    public Map<String, Loss> losses() {
        return Map.copyOf(losses);
    }

    /** base + sum of weight * loss. */
    public Tensor addTo(Tensor base) {
        Tensor total = base;
        for (Loss l : losses.values()) {
            total = total.add(l.value().mul(l.weight()).reshape(base.shape()));
        }
        return total;
    }

    private String full(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Zero of a dtype, the base for {@link #addTo}. */
    public static Tensor zero(org.layerzoo.core.tensor.DType dtype) {
        return Ops.fill(0, org.layerzoo.core.tensor.TensorSpec.of(dtype));
    }
}
