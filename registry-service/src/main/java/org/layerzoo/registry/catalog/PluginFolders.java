package org.layerzoo.registry.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.layerzoo.registry.Options;
import org.layerzoo.registry.catalog.Catalog.Present;
import org.layerzoo.registry.catalog.CatalogException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Looks through the plugin folders and keeps the catalogue in step with them.
 *
 * <p>A new file is read when it did not change from one look to the next, so that one still being copied is not called damaged.
 */
@Component
class PluginFolders {
    private static final Logger LOG = LoggerFactory.getLogger(PluginFolders.class);

    private final List<Path> folders;
    private final Catalog catalog;
    private final ApplicationEventPublisher events;
    private Map<Path, Known> known = Map.of();
    private Map<Path, Stamp> unsettled = Map.of();
    private volatile List<Rejected> rejected = List.of();

    PluginFolders(Options options, Catalog catalog, ApplicationEventPublisher events) {
        this.folders = options.plugins();
        this.catalog = catalog;
        this.events = events;
    }

    /** A file that is not in the catalogue, and why. */
    record Rejected(Path file, Reason reason, String detail, Instant since) {}

    private record Stamp(long size, long modified, String key) {}

    private record Good(String sha256, String id, List<Integer> version) {}

    private record Known(Stamp stamp, Optional<Good> good, Optional<Rejected> bad) {}

    List<Rejected> rejected() {
        return rejected;
    }

    /** One look; {@code settled} takes new files at once, as at the start. */
    synchronized void look(boolean settled) {
        var next = new HashMap<Path, Known>();
        var waiting = new HashMap<Path, Stamp>();
        var read = new HashMap<String, PluginJar>();
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            for (Path file : jars(folder)) {
                Optional<Known> seen = see(file, settled, waiting, read);
                seen.ifPresent(value -> {
                    next.put(file, value);
                    files.add(file);
                });
            }
        }
        if (settled || !next.equals(known)) {
            catalog.update(present(files, next), read);
            known = next;
            rejected = next.values().stream()
                    .flatMap(value -> value.bad().stream())
                    .sorted(Comparator.comparing(Rejected::file))
                    .toList();
            events.publishEvent(new CatalogChanged());
        }
        unsettled = waiting;
    }

    private Optional<Known> see(Path file, boolean settled, Map<Path, Stamp> waiting, Map<String, PluginJar> read) {
        Optional<Known> before = Optional.ofNullable(known.get(file));
        Optional<Stamp> stamp = stamp(file);
        if (stamp.isEmpty() || before.map(Known::stamp).equals(stamp)) {
            return stamp.flatMap(same -> before);
        }
        if (!settled && !stamp.get().equals(unsettled.get(file))) {
            waiting.put(file, stamp.get());
            return before;
        }
        return Optional.of(read(file, stamp.get(), read));
    }

    private static Known read(Path file, Stamp stamp, Map<String, PluginJar> read) {
        try {
            PluginJar jar = PluginJar.read(file);
            read.put(jar.sha256(), jar);
            LOG.info("catalogued {} {} from {}", jar.metadata().id(), jar.version(), file);
            var good = new Good(
                    jar.sha256(), jar.metadata().id(), numbers(jar.metadata().version()));
            return new Known(stamp, Optional.of(good), Optional.empty());
        } catch (CatalogException e) {
            LOG.warn(
                    "{} is not in the catalogue: {}: {}: {}",
                    file,
                    e.reason().code(),
                    e.reason().title(),
                    e.getMessage());
            return new Known(
                    stamp,
                    Optional.empty(),
                    Optional.of(new Rejected(file, e.reason(), e.getMessage(), Instant.now())));
        }
    }

    private static List<Integer> numbers(String version) {
        return Stream.of(version.split("-", 2)[0].split("\\."))
                .map(Integer::valueOf)
                .toList();
    }

    /** The first folder that has an id wins; inside it the highest version, and of equal ones the file that was changed last. */
    private List<Present> present(List<Path> files, Map<Path, Known> state) {
        Map<String, Path> winners = new HashMap<>();
        for (Path file : files) {
            state.get(file)
                    .good()
                    .ifPresent(good -> winners.merge(good.id(), file, (winner, other) -> {
                        boolean sameFolder = winner.getParent().equals(other.getParent());
                        return sameFolder && newer(state.get(other), state.get(winner)) ? other : winner;
                    }));
        }
        List<Present> present = new ArrayList<>();
        Set<String> digests = new HashSet<>();
        var winnersFirst = Stream.concat(winners.values().stream().sorted(), files.stream());
        winnersFirst.forEach(file -> state.get(file)
                .good()
                .filter(good -> digests.add(good.sha256()))
                .ifPresent(good -> present.add(
                        new Present(file, good.sha256(), winners.get(good.id()).equals(file)))));
        return present;
    }

    private static boolean newer(Known candidate, Known winner) {
        List<Integer> left = candidate.good().orElseThrow().version();
        List<Integer> right = winner.good().orElseThrow().version();
        for (int i = 0; i < left.size(); i++) {
            int order = left.get(i).compareTo(right.get(i));
            if (order != 0) {
                return order > 0;
            }
        }
        return candidate.stamp().modified() > winner.stamp().modified();
    }

    private static List<Path> jars(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            LOG.warn("plugin folder {} cannot be read: {}", folder, e.getMessage());
            return List.of();
        }
    }

    private static Optional<Stamp> stamp(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Stamp(
                    attributes.size(), attributes.lastModifiedTime().toMillis(), String.valueOf(attributes.fileKey())));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
