package org.layerzoo.registry.catalog;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Finds plugins by the words of a query: every word must occur, in any of its forms, as a beginning of a word, or anywhere in id, title,
 * summary, family, kind or arXiv number. A word that occurs nowhere is taken for the most alike one that does.
 */
@Component
class TextSearch {
    /** Words beyond these say nothing more about eight hundred letters of query. */
    private static final int WORDS = 24;

    /** Longer words are not compared letter by letter: the database refuses that above 255 bytes. */
    private static final int LONGEST = 40;

    /** One row for each latest jar and each word that it has. Stop words are in all. */
    private static final String MATCHES = """
            with asked as (
                select word, to_tsquery('english', '''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || ''':*') as q
                from unnest(:words::text[]) as word)
            select j.sha256, a.word
            from plugin_jar j, asked a
            where j.latest and (numnode(a.q) = 0 and a.word ~ '^[a-z]+$' or j.search @@ a.q
                or strpos(lower(concat_ws(' ', j.plugin_id, j.title, j.summary, j.family, j.kind, j.arxiv)), a.word) > 0)
            """;

    /** The id itself comes first, then ids that begin so, then the rank by weights and nearness. */
    private static final String RANKED = """
            select j.sha256
            from plugin_jar j
            where j.latest and j.sha256 = any(:found::text[])
            order by j.plugin_id = :query desc, starts_with(j.plugin_id, :query) desc,
                ts_rank_cd(j.search, plainto_tsquery('english', :query), 1 | 32) desc, j.plugin_id
            """;

    private static final String NEAREST = """
            select word
            from ts_stat('select to_tsvector(''simple'', plugin_id || '' '' || title || '' '' || summary || '' '' || card)
                          from plugin_jar where latest')
            where length(word) between :shortest and :longest and levenshtein_less_equal(word, :word, :distance) <= :distance
            order by levenshtein_less_equal(word, :word, :distance), left(word, 1) = left(:word, 1) desc, ndoc desc, word
            limit 1
            """;

    private final JdbcClient jdbc;

    TextSearch(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * @param ranked SHA-256 of the latest jars that were found, the best first
     * @param corrected the query that was answered, where a word of the given one occurs nowhere
     */
    record Found(List<String> ranked, Optional<String> corrected) {}

    private record Match(String sha256, String word) {}

    @Transactional(readOnly = true)
    Found find(String query) {
        List<String> words = Arrays.stream(
                        query.toLowerCase(Locale.ROOT).strip().split("\\s+"))
                .distinct()
                .limit(WORDS)
                .toList();
        List<Match> matches = matches(words);
        Set<String> known = matches.stream().map(Match::word).collect(Collectors.toSet());
        List<String> meant = words.stream()
                .map(word -> known.contains(word) ? word : nearest(word))
                .toList();
        if (meant.equals(words)) {
            return new Found(ranked(matches, words), Optional.empty());
        }
        return new Found(ranked(matches(meant), meant), Optional.of(String.join(" ", meant)));
    }

    private List<Match> matches(List<String> words) {
        return jdbc.sql(MATCHES)
                .param("words", words.toArray(String[]::new))
                .query(Match.class)
                .list();
    }

    private List<String> ranked(List<Match> matches, List<String> words) {
        Map<String, Set<String>> byJar = matches.stream()
                .collect(Collectors.groupingBy(Match::sha256, Collectors.mapping(Match::word, Collectors.toSet())));
        Set<String> all = new LinkedHashSet<>(words);
        String[] found = byJar.entrySet().stream()
                .filter(jar -> jar.getValue().containsAll(all))
                .map(Map.Entry::getKey)
                .toArray(String[]::new);
        return jdbc.sql(RANKED)
                .param("found", found)
                .param("query", String.join(" ", words))
                .query(String.class)
                .list();
    }

    /** One letter in four may be wrong, two at most; a swap of neighbours counts as two, so words of five letters may have one. */
    private String nearest(String word) {
        int distance = word.length() >= 5 ? 2 : word.length() / 4;
        if (distance == 0 || word.length() > LONGEST) {
            return word;
        }
        return jdbc.sql(NEAREST)
                .param("word", word)
                .param("distance", distance)
                .param("shortest", word.length() - distance)
                .param("longest", word.length() + distance)
                .query(String.class)
                .optional()
                .orElse(word);
    }
}
