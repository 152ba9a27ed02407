package org.layerzoo.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which registry a command speaks with, and as whom. */
final class RemoteOptions {
    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "the registry (default: ZOO_REGISTRY, else the one that 'zoo up' runs here)")
    Optional<String> registry = Optional.empty();

    @Option(
            names = "--token",
            paramLabel = "T",
            description =
                    "a token of it (default: ZOO_TOKEN, else the administrator's of the one that 'zoo up' runs here)")
    Optional<String> token = Optional.empty();

    /** A registry, and the token to use there. */
    record Place(URI registry, Optional<String> token) {}

    /** @throws CommandFailure exit 2 when the address is none, exit 3 when none is known */
    RemoteRegistry connect() {
        Place place = place();
        return new RemoteRegistry(place.registry(), place.token());
    }

    /** @throws CommandFailure exit 2 when the address is none, exit 3 when none is known */
    Place place() {
        Optional<String> named = registry.or(() -> environment("ZOO_REGISTRY"));
        Optional<String> given = token.or(() -> environment("ZOO_TOKEN"));
        if (named.isPresent()) {
            return new Place(address(named.get()), given);
        }
        Path data = ZooHome.folder().resolve("data");
        String here = read(data.resolve("registry.url"))
                .orElseThrow(() -> CommandFailure.of(
                        3, "no registry is known: expected --registry URL or ZOO_REGISTRY, or a running 'zoo up'"));
        return new Place(address(here), given.or(() -> read(data.resolve("admin.token"))));
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(text -> !text.isBlank());
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static URI address(String text) {
        try {
            URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // told below
        }
        throw CommandFailure.badInput(
                "--registry: expected an address such as https://zoo.example, given '" + text + "'");
    }
}
