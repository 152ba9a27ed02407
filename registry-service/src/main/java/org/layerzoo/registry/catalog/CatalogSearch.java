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
import org.layerzoo.registry.api.Speed;

/**
 * A choice from the catalogue by filters. All of them must hold; a facet counts what would be found under all filters but its own.
 */
record CatalogSearch(
        Optional<String> family,
        Optional<String> kind,
        Optional<String> mode,
        Optional<String> backend,
        Optional<String> level,
        Optional<String> year) {

    static final String RELEVANCE = "relevance";
    private static final String SPEED = "speed";

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
     * @param speeds by SHA-256; what is not in it comes last by {@code speed}, in either order
     */
    PluginPage page(List<CatalogEntry> all, int page, int size, String sort, Map<String, Speed> speeds) {
        var chosen = all.stream().filter(matches(Facet.values()));
        var found = (sort.equals(RELEVANCE) ? chosen : chosen.sorted(order(sort, speeds))).toList();
        var items = found.stream()
                .skip((long) page * size)
                .limit(size)
                .map(entry -> entry.toApi().speed(speeds.get(entry.sha256())))
                .toList();
        return new PluginPage(items, page, size, (long) found.size(), facets(all));
    }

    private static Comparator<CatalogEntry> order(String sort, Map<String, Speed> speeds) {
        String[] words = sort.split(",");
        boolean descending = words.length > 1 && words[1].equals("desc");
        Comparator<CatalogEntry> order =
                words[0].equals(SPEED) ? bySpeed(speeds, descending) : turned(ORDERS.get(words[0]), descending);
        return order.thenComparing(CatalogEntry::id);
    }

    private static <T> Comparator<T> turned(Comparator<T> order, boolean descending) {
        return descending ? order.reversed() : order;
    }

    private static Comparator<CatalogEntry> bySpeed(Map<String, Speed> speeds, boolean descending) {
        Comparator<Double> order = turned(Comparator.<Double>naturalOrder(), descending);
        return Comparator.comparing(
                entry -> Optional.ofNullable(speeds.get(entry.sha256()))
                        .map(Speed::getTokensPerSecond)
                        .orElse(null),
                Comparator.nullsLast(order));
    }

    private Facets facets(List<CatalogEntry> all) {
        return new Facets(
                count(all, Facet.FAMILY),
                count(all, Facet.KIND),
                count(all, Facet.MODE),
                count(all, Facet.BACKEND),
                count(all, Facet.LEVEL),
                count(all, Facet.YEAR));
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
        BACKEND(CatalogSearch::backend, CatalogEntry::backends),
        LEVEL(
                CatalogSearch::level,
                entry -> List.of(Integer.toString(entry.levels().highest()))),
        YEAR(CatalogSearch::year, entry -> List.of(Integer.toString(entry.year())));

        private final Function<CatalogSearch, Optional<String>> filter;
        private final Function<CatalogEntry, List<String>> values;

        Facet(Function<CatalogSearch, Optional<String>> filter, Function<CatalogEntry, List<String>> values) {
            this.filter = filter;
            this.values = values;
        }
    }
}
