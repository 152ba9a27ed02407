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
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;

/** Brings the user into the dashboard, signed in by a one-time code: opens a browser, or prints the way in. */
record Dashboard(String url, Path tokenFile) {
    /** Where no browser can be opened the printed address is enough; nothing fails. */
    void signIn(boolean browser, PrintWriter out, PrintWriter err) throws InterruptedException {
        try {
            String link = url + session(Files.readString(tokenFile).strip());
            if (!browser || !opened(link)) {
                out.println("Sign in once within ten minutes: " + link);
                out.println("or at any time: " + url + "/sign-in with the token in " + tokenFile);
                out.flush();
            }
        } catch (IOException | JacksonException e) {
            err.println("zoo: there is no sign-in link (" + e.getMessage() + "); sign in at " + url
                    + "/sign-in with the token in " + tokenFile);
        }
    }

    private static boolean opened(String link) {
        Optional<String> opener = opener();
        if (opener.isEmpty()) {
            return false;
        }
        try {
            new ProcessBuilder(opener.get(), link)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** The path that turns a one-time code into a session. */
    private String session(String token) throws IOException, InterruptedException {
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
