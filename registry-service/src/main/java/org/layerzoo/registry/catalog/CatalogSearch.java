package org.layerzoo.registry.catalog;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.layerzoo.registry.api.FacetCount;
import org.layerzoo.registry.api.Facets;
import org.layerzoo.registry.api.PluginPage;

/**
 * A choice from the catalogue by filters. All of them must hold; a facet counts what would be found under all filters but its own.
 */
record CatalogSearch(Optional<String> family, Optional<String> kind, Optional<String> mode, Optional<String> backend) {

    static final String RELEVANCE = "relevance";

    private static final Map<String, Comparator<CatalogEntry>> ORDERS = Map.of(
            "id", Comparator.comparing(CatalogEntry::id),
            "title", Comparator.comparing(entry -> entry.title().toLowerCase(Locale.ROOT)),
            "year", Comparator.comparing(CatalogEntry::year),
            "family", Comparator.comparing(CatalogEntry::family),
            "kind", Comparator.comparing(CatalogEntry::kind),
            "level", Comparator.comparing(entry -> entry.levels().highest()));

    /**
     * @param all what is chosen from, the most relevant first
     * @param sort {@code relevance} for the order of {@code all}, or a field of {@link #ORDERS}, with {@code ,desc} for descending order;
     *     equal ones are ordered by id
     */
    PluginPage page(List<CatalogEntry> all, int page, int size, String sort) {
        var chosen = all.stream().filter(matches(Facet.values()));
        var found = (sort.equals(RELEVANCE) ? chosen : chosen.sorted(order(sort))).toList();
        var items = found.stream()
                .skip((long) page * size)
                .limit(size)
                .map(CatalogEntry::toApi)
                .toList();
        return new PluginPage(items, page, size, (long) found.size(), facets(all));
    }

    private static Comparator<CatalogEntry> order(String sort) {
        String[] words = sort.split(",");
        Comparator<CatalogEntry> order = ORDERS.get(words[0]);
        return (words.length > 1 && words[1].equals("desc") ? order.reversed() : order).thenComparing(CatalogEntry::id);
    }

    private Facets facets(List<CatalogEntry> all) {
        return new Facets(
                count(all, Facet.FAMILY), count(all, Facet.KIND), count(all, Facet.MODE), count(all, Facet.BACKEND));
    }

    private List<FacetCount> count(List<CatalogEntry> all, Facet facet) {
        Facet[] others =
                Stream.of(Facet.values()).filter(other -> other != facet).toArray(Facet[]::new);
        var counts = new TreeMap<String, Long>();
        all.stream()
                .filter(matches(others))
                .flatMap(entry -> facet.values.apply(entry).stream().distinct())
                .forEach(value -> counts.merge(value, 1L, Long::sum));
        return counts.entrySet().stream()
                .sorted(Comparator.comparing((Entry<String, Long> count) -> -count.getValue())
                        .thenComparing(Entry::getKey))
                .map(count -> new FacetCount(count.getKey(), count.getValue()))
                .toList();
    }

    private Predicate<CatalogEntry> matches(Facet... facets) {
        Predicate<CatalogEntry> all = _ -> true;
        for (Facet facet : facets) {
            Optional<String> wanted = facet.filter.apply(this);
            if (wanted.isPresent()) {
                all = all.and(entry -> facet.values.apply(entry).contains(wanted.get()));
            }
        }
        return all;
    }

    private enum Facet {
        FAMILY(CatalogSearch::family, entry -> List.of(entry.family())),
        KIND(CatalogSearch::kind, entry -> List.of(entry.kind())),
        MODE(CatalogSearch::mode, CatalogEntry::modes),
        BACKEND(CatalogSearch::backend, CatalogEntry::backends);

        private final Function<CatalogSearch, Optional<String>> filter;
        private final Function<CatalogEntry, List<String>> values;

        Facet(Function<CatalogSearch, Optional<String>> filter, Function<CatalogEntry, List<String>> values) {
            this.filter = filter;
            this.values = values;
        }
    }
}
