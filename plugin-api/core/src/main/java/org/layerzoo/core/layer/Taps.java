package org.layerzoo.core.layer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensor;

/** Reads or replaces values at sites. {@link #NONE} costs nothing and lets layers keep their fused kernels. */
@Stable(since = "0.1")
public interface Taps {
    Taps NONE = new Taps() {
        @Override
        public boolean wants(String site) {
            return false;
        }

        @Override
        public Tensor at(String site, Tensor value) {
            return value;
        }
    };

    /** Whether the value of a site is to be handed over; a layer may take its fused path when not. */
    boolean wants(String site);

    /** The value to go on with: the same, or a replacement of equal shape. */
    Tensor at(String site, Tensor value);

    /** The same taps seen from a child at {@code path}. */
    default Taps under(String path) {
        if (this == NONE) {
            return NONE;
        }
        Taps outer = this;
        return new Taps() {
            @Override
            public boolean wants(String site) {
                return outer.wants(path + "." + site);
            }

            @Override
            public Tensor at(String site, Tensor value) {
                return outer.at(path + "." + site, value);
            }
        };
    }

    /** Replaces values at the named sites. */
    static Taps replacing(Map<String, UnaryOperator<Tensor>> edits) {
        return new Taps() {
            @Override
            public boolean wants(String site) {
                return edits.containsKey(site);
            }

            @Override
            public Tensor at(String site, Tensor value) {
                return edits.getOrDefault(site, UnaryOperator.identity()).apply(value);
            }
        };
    }

    /** Remembers the last value at each of the named sites (of all, when none is named). */
    static Recorder recording(String... sites) {
        return new Recorder(java.util.Set.of(sites));
    }

    /** What passed the sites. */
    final class Recorder implements Taps {
        private final java.util.Set<String> sites;
        private final Map<String, Tensor> seen = new ConcurrentHashMap<>();

        private Recorder(java.util.Set<String> sites) {
            this.sites = sites;
        }

        @Override
        public boolean wants(String site) {
            return sites.isEmpty() || sites.contains(site);
        }

        @Override
        public Tensor at(String site, Tensor value) {
            if (wants(site)) {
                seen.put(site, value);
            }
            return value;
        }

        public Map<String, Tensor> seen() {
            return new java.util.TreeMap<>(seen);
        }
    }
}
