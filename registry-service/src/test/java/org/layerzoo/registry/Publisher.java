package org.layerzoo.registry;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Someone with a token of scope publish and a key pair. */
public record Publisher(String owner, Client client, KeyPair keys) {

    /** A new one, whose public key is registered. */
    public static Publisher of(TestRegistry registry, String owner) {
        String token = registry.admin()
                .post(
                        "/api/v1/tokens",
                        Map.of("name", owner + " laptop", "owner", owner, "scopes", List.of("read", "publish")))
                .is(201)
                .json()
                .path("token")
                .asString();
        var publisher = new Publisher(owner, registry.anonymous().token(token), newKeys());
        publisher.register(publisher.keys).is(201);
        return publisher;
    }

    public static KeyPair newKeys() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Answer register(KeyPair pair) {
        String key = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
        return client.post("/api/v1/keys", Map.of("name", "key of " + owner, "publicKey", key));
    }

    public byte[] sign(byte[] jar) {
        return sign("layerzoo-plugin-v1:" + Digests.sha256(jar));
    }

    public byte[] sign(String text) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(keys.getPrivate());
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Answer publish(JarFixture jar) {
        return publish(jar.bytes());
    }

    public Answer publish(byte[] jar) {
        return publish(jar, sign(jar));
    }

    public Answer publish(byte[] jar, byte[] signature) {
        return send(client, Map.of("artifact", jar, "signature", signature));
    }

    /** Sends a form of files. */
    public static Answer send(Client client, Map<String, byte[]> parts) {
        String boundary = "zoo" + UUID.randomUUID();
        var body = new ByteArrayOutputStream();
        for (var part : parts.entrySet()) {
            body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + part.getKey()
                            + "\"; filename=\"" + part.getKey()
                            + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(part.getValue());
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        var request = client.request("/api/v1/plugins")
                .setHeader("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
        return Client.send(request);
    }

    /** Publishes a jar and lets a runner verify it; answers the publication when it is decided. */
    public JsonNode published(JarFixture jar, FakeRunner runner, boolean passes) {
        JsonNode publication = publish(jar).is(202).json();
        verify(publication, runner, passes);
        return decided(publication);
    }

    /** Runs the verification of a publication. */
    public static void verify(JsonNode publication, FakeRunner runner, boolean passes) {
        JsonNode lease = runner.lease(10, "verification").orElseThrow();
        runner.complete(lease, Reports.verification(publication.path("plugin").asString(), passes, passes))
                .is(204);
    }

    public JsonNode decided(JsonNode publication) {
        String path = "/api/v1/publications/" + publication.path("id").asString();
        TestRegistry.await(
                "a verdict on " + path,
                () -> !client.get(path).is(200).json().path("decidedAt").isMissingNode()
                        && !client.get(path).json().path("decidedAt").isNull());
        return client.get(path).is(200).json();
    }
}
