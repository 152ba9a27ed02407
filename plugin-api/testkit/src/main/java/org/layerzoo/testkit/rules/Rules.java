package org.layerzoo.testkit.rules;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.KvPolicyProvider;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.RuntimeProvider;
import org.layerzoo.core.spi.TaskProvider;

/** The rules that a provider must keep, by kind. */
public final class Rules {
    private Rules() {}

    /** What a rule does: throws {@link org.layerzoo.core.spi.Check.Failed} or answers what it saw. */
    @FunctionalInterface
    public interface Body {
        String run();
    }

    /** A rule with the name by which it can be waived. */
    public record Named(String name, Body body) {}

    public static List<Named> of(Provider<?> p, OpInterpreter backend, long seed) {
        List<Named> out = new ArrayList<>(ConfigRules.of(p));
        switch (p) {
            case LayerProvider<?> l -> out.addAll(layer(l, backend, seed));
            case TaskProvider<?> t -> out.addAll(TaskRules.of(t, seed));
            case KvPolicyProvider<?> k -> out.addAll(KvPolicyRules.of(k, backend, seed));
            case CollectionProvider<?> c -> out.addAll(CollectionRules.of(c));
            case RuntimeProvider<?> r -> out.addAll(RuntimeRules.of(r));
            default -> {}
        }
        return out;
    }

    private static <C extends Record> List<Named> layer(LayerProvider<C> p, OpInterpreter backend, long seed) {
        LayerSubject<C> s = new LayerSubject<>(p, backend, seed);
        List<Named> out = new ArrayList<>();
        out.addAll(new ForwardRules<>(s).rules());
        out.addAll(new StorageRules<>(s).rules());
        out.addAll(new GradientRules<>(s).rules());
        out.addAll(new SequenceRules<>(s).rules());
        return out;
    }
}
