package org.layerzoo.testkit.rules;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.layerzoo.core.spi.CollectionProvider;

/** What holds of collections: members have distinct names and a legal value on every axis of the taxonomy. */
final class CollectionRules {
    private CollectionRules() {}

    static List<Rules.Named> of(CollectionProvider<?> p) {
        return List.of(new Rules.Named("taxonomy", () -> taxonomy(p)));
    }

    private static String taxonomy(CollectionProvider<?> p) {
        Set<String> names = new HashSet<>();
        for (CollectionProvider.Member m : p.members()) {
            Expect.isTrue(names.add(m.name()), "member '" + m.name() + "' is listed twice");
            p.taxonomy().axes().forEach((axis, values) -> {
                String tag = m.tags().get(axis);
                Expect.isTrue(
                        tag != null && values.contains(tag),
                        "member '" + m.name() + "' has '" + tag + "' on axis '" + axis + "', expected one of "
                                + values);
            });
        }
        Expect.isTrue(!names.isEmpty(), "a collection without members");
        return names.size() + " members";
    }
}
