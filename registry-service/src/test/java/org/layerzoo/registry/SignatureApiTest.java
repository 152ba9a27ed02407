package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SignatureApiTest {
    private static TestRegistry registry;
    private static Publisher carol;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        carol = Publisher.of(registry, "carol-of-signatures");
    }

    @Test
    void aSignatureByAnotherKeyOverOtherBytesOrWithABitChangedIsRefused() {
        byte[] jar = JarFixture.release("signed", "1.0.0").bytes();
        byte[] good = carol.sign(jar);
        byte[] other = JarFixture.release("signed", "1.0.1").bytes();
        Publisher stranger = new Publisher("stranger", carol.client(), Publisher.newKeys());
        carol.publish(other, good).problem(422, "signature-invalid");
        carol.publish(jar, stranger.sign(jar)).problem(422, "signature-invalid");
        carol.publish(jar, carol.sign(Digests.sha256(jar))).problem(422, "signature-invalid");
        for (int at : List.of(0, 31, 32, 63)) {
            byte[] tampered = good.clone();
            tampered[at] ^= 1;
            carol.publish(jar, tampered).problem(422, "signature-invalid");
        }
        byte[] changed = jar.clone();
        changed[changed.length / 2] ^= 1;
        carol.publish(changed, good).problem(422, "signature-invalid");
    }

    @Test
    void aSignatureOfAnotherFormIsNamed() {
        byte[] jar = JarFixture.release("formed", "1.0.0").bytes();
        for (byte[] form : List.of(new byte[0], new byte[63], new byte[65], new byte[5000], "no base64!".getBytes())) {
            carol.publish(jar, form).problem(422, "signature-malformed");
        }
        byte[] text = Base64.getEncoder().encode(carol.sign(jar));
        JsonNode publication = carol.publish(jar, text).is(202).json();
        Publisher.verify(publication, FakeRunner.of(registry, "signature-runner"), true);
        carol.decided(publication);
    }

    @Test
    void aRevokedKeySignsNothingMoreAndStaysListed() {
        Publisher dave = Publisher.of(registry, "dave-of-signatures");
        JsonNode key = registry.anonymous()
                .get("/api/v1/keys?owner=dave-of-signatures")
                .is(200)
                .json()
                .path("items")
                .get(0);
        String path = "/api/v1/keys/" + key.path("id").asString();
        carol.client().delete(path).problem(403, "not-owner");
        dave.client().delete(path + "?reason=lost").is(204);
        dave.publish(JarFixture.release("revoked", "1.0.0")).problem(403, "signature-key-revoked");
        JsonNode listed = registry.anonymous()
                .get("/api/v1/keys?owner=dave-of-signatures")
                .json()
                .path("items")
                .get(0);
        assertThat(listed.path("revoked").asBoolean()).isTrue();
        assertThat(listed.path("revokedReason").asString()).isEqualTo("lost");
        assertThat(listed.path("fingerprint").asString())
                .isEqualTo(key.path("fingerprint").asString());
    }

    @Test
    void aKeyThatIsRevokedBeforeTheVerificationHasEndedPublishesNothing() {
        Publisher frank = Publisher.of(registry, "frank-of-signatures");
        JsonNode publication =
                frank.publish(JarFixture.release("stolen", "1.0.0")).is(202).json();
        JsonNode key = registry.anonymous()
                .get("/api/v1/keys?owner=frank-of-signatures")
                .is(200)
                .json()
                .path("items")
                .get(0);
        frank.client().delete("/api/v1/keys/" + key.path("id").asString()).is(204);
        Publisher.verify(publication, FakeRunner.of(registry, "verifier"), true);
        JsonNode decided = frank.decided(publication);
        assertThat(decided.path("state").asString()).isEqualTo("rejected");
        assertThat(decided.path("problem").asString()).contains("revoked");
        registry.anonymous().get("/api/v1/plugins/stolen").problem(404, "plugin-unknown");
    }

    @Test
    void aKeyBelongsToOneOwnerAndMustBeEd25519() {
        Publisher erin = Publisher.of(registry, "erin-of-signatures");
        carol.register(erin.keys()).problem(409, "key-exists");
        for (String text : List.of("x", "AAAA", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----")) {
            carol.client()
                    .post("/api/v1/keys", Map.of("name", "k", "publicKey", text))
                    .problem(422, "key-malformed");
        }
        registry.withScopes("read", "run")
                .post("/api/v1/keys", Map.of("name", "k", "publicKey", "x"))
                .problem(403, "scope-missing");
    }

    @Test
    void publishingNeedsItsScopeAndBothParts() {
        byte[] jar = JarFixture.release("parts", "1.0.0").bytes();
        Map<String, byte[]> form = Map.of("artifact", jar, "signature", carol.sign(jar));
        Publisher.send(registry.anonymous(), form).problem(401, "token-missing");
        Publisher.send(registry.withScopes("read", "run"), form).problem(403, "scope-missing");
        Publisher.send(carol.client(), Map.of("artifact", jar)).problem(400, "invalid-request");
        Publisher.send(carol.client(), Map.of("signature", carol.sign(jar))).problem(400, "invalid-request");
        carol.client().post("/api/v1/plugins", Map.of()).problem(415, "media-type-unsupported");
    }
}
