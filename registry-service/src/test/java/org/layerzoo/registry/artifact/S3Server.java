package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.layerzoo.registry.TestRegistry;

/** A real S3 server over a folder, as a process of its own that checks signatures of version 4. Each folder in its folder is a bucket. */
public final class S3Server {
    public static final String KEY = "test-access-key";
    public static final String SECRET = "a-secret-that-only-its-holder-knows";
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static S3Server shared;

    private final Path folder = TestRegistry.newFolder();
    private final int port = freePort();
    private Process process;

    private S3Server() {}

    /** One that runs; tests have a bucket each, and who stops it starts it again. */
    public static synchronized S3Server shared() {
        if (shared == null) {
            shared = new S3Server();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::delete));
            shared.start();
        }
        return shared;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** The settings of a service that keeps its artifacts in a bucket of this server. */
    public Map<String, Object> settings(String bucket) {
        return Map.of(
                "zoo.artifacts.store", "s3",
                "zoo.artifacts.s3.bucket", bucket,
                "zoo.artifacts.s3.prefix", "artifacts/",
                "zoo.artifacts.s3.endpoint", url(),
                "zoo.artifacts.s3.path-style", "true",
                "zoo.artifacts.s3.part-size", "5MB");
    }

    /** A new bucket. */
    public Path bucket(String name) {
        try {
            return Files.createDirectories(folder.resolve("buckets").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the server keeps an object of a service with {@link #settings}. */
    public Path object(String bucket, String sha256) {
        return bucket(bucket)
                .resolve("artifacts")
                .resolve(sha256.substring(0, 2))
                .resolve(sha256);
    }

    public void start() {
        try {
            process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx256m",
                            "-Dlogback.configurationFile=" + quiet(),
                            "-cp",
                            Path.of("target", "s3-server") + "/*",
                            "org.gaul.s3proxy.Main",
                            "--properties",
                            properties().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output.txt").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TestRegistry.await("the S3 server", PATIENCE, this::answers);
    }

    private Path quiet() throws IOException {
        return Files.writeString(folder.resolve("logback.xml"), "<configuration><root level=\"off\"/></configuration>");
    }

    private Path properties() throws IOException {
        bucket("unused");
        var properties = new Properties();
        properties.putAll(Map.of(
                "s3proxy.endpoint",
                url(),
                "s3proxy.authorization",
                "aws-v4",
                "s3proxy.identity",
                KEY,
                "s3proxy.credential",
                SECRET,
                "jclouds.provider",
                "filesystem-nio2",
                "jclouds.filesystem.basedir",
                folder.resolve("buckets").toString()));
        Path file = folder.resolve("s3.properties");
        try (var out = Files.newBufferedWriter(file)) {
            properties.store(out, "");
        }
        return file;
    }

    private boolean answers() {
        assertThat(process.isAlive()).as("the S3 server runs").isTrue();
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(url() + "/unused")).build();
            http.send(request, BodyHandlers.discarding());
            return true;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public void stop() {
        process.destroyForcibly();
        process.onExit().join();
    }

    private void delete() {
        stop();
        TestRegistry.delete(folder);
    }
}
