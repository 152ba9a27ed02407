package org.layerzoo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;

/** Opens the dashboard in the user's browser, signed in by a one-time code. */
final class Dashboard {
    private Dashboard() {}

    /** Where no browser can be opened the address is enough; nothing fails. */
    static void open(String url, Path tokenFile, PrintWriter err) throws InterruptedException {
        Optional<String> opener = opener();
        if (opener.isEmpty()) {
            return;
        }
        try {
            List<String> command = List.of(
                    opener.get(), url + session(url, Files.readString(tokenFile).strip()));
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException | JacksonException e) {
            err.println("zoo: the browser cannot be opened (" + e.getMessage() + "); open " + url);
        }
    }

    /** The path that turns a one-time code into a session. */
    private static String session(String url, String token) throws IOException, InterruptedException {
        HttpRequest ask = HttpRequest.newBuilder(URI.create(url + "/api/v1/session/codes"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(ask, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 201) {
                throw new IOException("the registry gave no sign-in code: HTTP " + answer.statusCode());
            }
            return Configs.mapper().readTree(answer.body()).path("url").asString("/");
        }
    }

    private static Optional<String> opener() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (os.contains("mac")) {
            return Optional.of("open");
        }
        boolean desktop = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return desktop
                ? java.util.Arrays.stream(path.split(":"))
                        .map(p -> Path.of(p, "xdg-open"))
                        .filter(Files::isExecutable)
                        .map(Path::toString)
                        .findFirst()
                : Optional.empty();
    }
}
