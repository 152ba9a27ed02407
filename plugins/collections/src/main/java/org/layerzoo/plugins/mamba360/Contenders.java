package org.layerzoo.plugins.mamba360;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.CollectionProvider.Member;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Signature;

/** The members that can run here: the kernels of this collection, and plugins of the zoo that mix tokens causally. */
final class Contenders {
    private static final Map<String, LayerProvider<?>> KERNELS =
            Map.of("s4d", new S4dProvider(), "s5", new S5Provider(), "lru", new LruProvider(), "s6", new S6Provider());

    private final Catalog present;
    private final int dim;
    private final int states;

    Contenders(Mamba360Config c, Catalog present) {
        this.present = present;
        this.dim = c.dim();
        this.states = c.states();
    }

    /** References to run by name: first the time-invariant kernels, then the input-dependent one and the zoo's plugins. */
    SequencedMap<String, LayerRef> all() {
        SequencedMap<String, LayerRef> out = new LinkedHashMap<>();
        for (String name : new String[] {"s4d", "s5", "lru", "s6"}) {
            out.put(name, own(name));
        }
        for (Member m : Survey.members()) {
            m.ref()
                    .filter(r -> !r.startsWith(Survey.OWN))
                    .filter(this::mixes)
                    .ifPresent(r -> out.put(r, LayerRef.of(r)));
        }
        return out;
    }

    LayerRef own(String name) {
        return new LayerRef(Survey.OWN + name, Map.of("dim", dim, "states", states));
    }

    private boolean mixes(String ref) {
        return present.find(ref)
                .filter(LayerProvider.class::isInstance)
                .map(p -> causal((LayerProvider<?>) p))
                .orElse(false);
    }

    private static <C extends Record> boolean causal(LayerProvider<C> p) {
        Signature s = p.signature(p.defaults(org.layerzoo.core.spi.Size.TEST));
        return s.modes().contains(Mode.SELF_CAUSAL)
                && s.input("x").filter(x -> x.axes().equals("B T D")).isPresent();
    }

    /** What stands for a member in this zoo, or that it is absent. */
    String presence(Member m) {
        Optional<String> found =
                m.ref().filter(r -> r.startsWith(Survey.OWN) || present.find(r).isPresent());
        return found.or(() -> Survey.standIn(m)).orElse("absent");
    }

    Choice<?> resolve(LayerRef ref) {
        if (ref.id().startsWith(Survey.OWN)) {
            return Choice.of(KERNELS.get(ref.id().substring(Survey.OWN.length())), ref);
        }
        Provider<?> p = present.find(ref.id())
                .orElseThrow(() -> new org.layerzoo.core.ZooException(
                        org.layerzoo.core.ErrorCode.UNKNOWN_PLUGIN,
                        "no plugin '" + ref.id() + "': the catalogue has " + present.ids()));
        return Choice.of((LayerProvider<?>) p, ref);
    }

    Model build(LayerRef ref, long seed) {
        return model(resolve(ref).preferring(Map.of(Role.Kind.DIM, dim), Map.of()), seed);
    }

    private static <C extends Record> Model model(Choice<C> c, long seed) {
        return Models.build(c.ref().id(), c.provider(), c.config(), Models.Options.of(seed));
    }
}
