package org.layerzoo.system;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody with a token and a ZOO_HOME of their own, far from the checkout and from the registry's data. */
final class Person {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String registry;
    private final String token;
    final Path home;
    private int commands;

    Person(String registry, String token, Path home) throws IOException {
        this.registry = registry;
        this.token = token;
        this.home = Files.createDirectories(home);
    }

    /** The same person on another machine, where nothing is installed yet. */
    Person elsewhere(Path other) throws IOException {
        return new Person(registry, token, other);
    }

    /** How a command ended and what it said. */
    record Said(int exit, String out, String err) {
        JsonNode json() {
            return JSON.readTree(out);
        }

        Said exits(int expected) {
            if (exit != expected) {
                throw new AssertionError("expected exit " + expected + ", given " + exit + "\n" + out + "\n" + err);
            }
            return this;
        }
    }

    /** Runs a command of the command line in the person's own folder. */
    Said zoo(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                House.ROOT.resolve("registry-cli/target/zoo.jar").toString()));
        command.addAll(List.of(arguments));
        return run(command, home);
    }

    /** Runs a program to its end. */
    Said run(List<String> command, Path folder) throws IOException, InterruptedException {
        Path out = home.resolve("out-" + commands + ".log");
        Path err = home.resolve("err-" + commands++ + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("ZOO_HOME", home.toString());
        builder.environment().put("ZOO_REGISTRY", registry);
        builder.environment().put("ZOO_TOKEN", token);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1");
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("not ended within " + PATIENCE + ": " + command + "\n" + Files.readString(err));
        }
        return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(registry + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("GET", path, "");
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    /** The status and stable code of a refusal. */
    String refused(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(method, path, body);
        return answer.statusCode() + " "
                + JSON.readTree(answer.body()).path("code").asString();
    }
}
