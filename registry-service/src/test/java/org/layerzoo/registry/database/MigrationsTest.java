package org.layerzoo.registry.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * While services are replaced one after another, those of the version before still work on the database that the first new one has
 * migrated. So a migration only adds, and what it adds to a table that exists has a default.
 */
class MigrationsTest {
    private static final Path FOLDER = Path.of("src/main/resources/db/migration");
    /** Services older than this one are never run beside a newer one. */
    private static final int FIRST = 40;

    private static final Pattern NAME = Pattern.compile("V(\\d+)__[a-z_]+\\.sql");
    private static final Pattern REMOVES = Pattern.compile(
            "\\b(drop (table|column|sequence|view|type)|rename|alter column \\w+ (type|set not null)|truncate)\\b");
    private static final Pattern NEEDS_A_VALUE = Pattern.compile(
            "add column (?:if not exists )?(\\w+)\\s+[^,;]*?\\bnot null\\b(?![^,;]*\\b(default|generated)\\b)");

    @Test
    void aMigrationTakesNothingFromServicesOfTheVersionBefore() throws IOException {
        for (Path file : files()) {
            String sql = Files.readString(file)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("--[^\\n]*", "")
                    .replaceAll("\\s+", " ");
            assertThat(REMOVES.matcher(sql).results().map(found -> found.group()))
                    .as("%s takes something away", file)
                    .isEmpty();
            assertThat(NEEDS_A_VALUE.matcher(sql).results().map(found -> found.group(1)))
                    .as("%s adds columns that an older service does not fill", file)
                    .isEmpty();
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(FOLDER)) {
            List<Path> recent =
                    all.filter(file -> number(file) >= FIRST).sorted().toList();
            assertThat(recent).isNotEmpty();
            return recent;
        }
    }

    private static int number(Path file) {
        var name = NAME.matcher(file.getFileName().toString());
        assertThat(name.matches())
                .as("%s has a name such as V40__what_it_adds.sql", file)
                .isTrue();
        return Integer.parseInt(name.group(1));
    }
}
