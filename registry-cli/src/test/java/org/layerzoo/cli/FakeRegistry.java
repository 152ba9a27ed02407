package org.layerzoo.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.node.ObjectNode;

/** The part of a registry that installing needs, with versions as a test wants them. */
final class FakeRegistry implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, List<ObjectNode>> versions = new TreeMap<>();
    private final Map<String, byte[]> jars = new TreeMap<>();
    private int requests;

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/plugins/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    int requests() {
        return requests;
    }

    /** A jar that says nothing but what it is. */
    private static byte[] jar(String id, String version) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Plugin-Id", id);
        manifest.getMainAttributes().putValue("Plugin-Version", version);
        var bytes = new ByteArrayOutputStream();
        new JarOutputStream(bytes, manifest).close();
        return bytes.toByteArray();
    }

    /** Adds a published version; answers it, to be changed. */
    ObjectNode add(String id, String version, KeyPair key, Map<String, String> dependencies) throws IOException {
        return add(id, version, key, dependencies, jar(id, version));
    }

    /** Adds a version whose jar, rightly signed, is another one's. */
    void addMixedUp(String id, String version, KeyPair key, String other) throws IOException {
        add(id, version, key, Map.of(), jar(id, other));
    }

    private ObjectNode add(String id, String version, KeyPair key, Map<String, String> dependencies, byte[] jar)
            throws IOException {
        jars.put(id + "/" + version, jar);
        Path file = Files.createTempFile("fake", ".jar");
        Files.write(file, jar);
        String sha256 = SigningKey.digest(file);
        Files.delete(file);
        ObjectNode node = Configs.mapper().createObjectNode();
        node.put("version", version)
                .put("state", "published")
                .put("yanked", false)
                .put("sha256", sha256);
        node.put("publisher", "alice")
                .put(
                        "publicKey",
                        Base64.getEncoder().encodeToString(key.getPublic().getEncoded()));
        node.put("signature", Base64.getEncoder().encodeToString(SigningKey.sign(key.getPrivate(), sha256)));
        dependencies.forEach(node.putObject("dependencies")::put);
        node.putArray("aliases");
        versions.computeIfAbsent(id, one -> new ArrayList<>()).add(node);
        return node;
    }

    /** Serves other bytes than those that were signed. */
    void tamper(String id, String version) {
        jars.put(id + "/" + version, "something else".getBytes(StandardCharsets.UTF_8));
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests++;
        String[] path = exchange.getRequestURI().getPath().split("/");
        byte[] body;
        int status = 200;
        if (path.length == 6 && versions.containsKey(path[4])) {
            ObjectNode page = Configs.mapper().createObjectNode();
            page.put("total", versions.get(path[4]).size());
            versions.get(path[4]).forEach(page.putArray("items")::add);
            body = page.toString().getBytes(StandardCharsets.UTF_8);
        } else if (path.length == 8 && jars.containsKey(path[4] + "/" + path[6])) {
            body = jars.get(path[4] + "/" + path[6]);
        } else {
            status = 404;
            body = "{\"title\": \"The plugin is not in the catalogue\", \"detail\": \"given another\"}"
                    .getBytes(StandardCharsets.UTF_8);
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
