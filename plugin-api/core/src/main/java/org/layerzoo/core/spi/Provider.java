package org.layerzoo.core.spi;

import java.util.List;
import org.layerzoo.core.Stable;
import org.pf4j.ExtensionPoint;

/**
 * Something a plugin brings. A jar holds several; exactly one has the empty name and the paper's kind. Which of the
 * eight kinds it is shows in the sub-interface; the paper's card lies beside the class as card.yaml.
 *
 * @param <C> the typed configuration: a record of numbers, booleans, strings, enums, lists, nested records and sealed alternatives
 */
@Stable(since = "0.1")
public sealed interface Provider<C extends Record> extends ExtensionPoint
        permits LayerProvider,
                KvPolicyProvider,
                RecipeProvider,
                ProbeProvider,
                TaskProvider,
                EnvironmentProvider,
                RuntimeProvider,
                CollectionProvider {

    /** Empty for the main provider; others are addressed as {@code id/name}. */
    default String name() {
        return "";
    }

    Class<C> config();

    C defaults(Size size);

    /** How cases of the authors' code are mapped to this provider. */
    default List<GoldenFunction> golden() {
        return List.of();
    }

    /** The sheet's Checks, in its order. */
    default List<Check> checks() {
        return List.of();
    }

    /** Conformance rules that do not apply, each with its reason. */
    default List<Waiver> waivers() {
        return List.of();
    }
}
