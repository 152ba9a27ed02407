package org.layerzoo.core.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.report.Report;

/** A survey: a taxonomy with members and one comparison run over those that are present. */
@Stable(since = "0.1")
public non-sealed interface CollectionProvider<C extends Record> extends Provider<C> {
    Taxonomy taxonomy();

    List<Member> members();

    Report compare(C config, Catalog present, RunContext context);

    /** Named axes of the survey and the values each may take. */
    record Taxonomy(String title, Map<String, List<String>> axes) {}

    /**
     * A member.
     *
     * @param ref plugin id or own provider name; absent when the zoo lacks it, and then listed as absent
     * @param tags value on each axis of the taxonomy
     * @param orders declared growth, e.g. "time" -> "T"
     */
    record Member(String name, Optional<String> ref, Map<String, String> tags, Map<String, String> orders) {}
}
