package org.layerzoo.registry.publish;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;

/** Ed25519 signatures of jars: over the text {@code layerzoo-plugin-v1:} and the jar's SHA-256, so that size costs nothing. */
@Component
class Signatures {
    private static final int LENGTH = 64;
    private static final String DOMAIN = "layerzoo-plugin-v1:";

    private final PublisherKeys keys;

    Signatures(PublisherKeys keys) {
        this.keys = keys;
    }

    /** The 64 bytes of a signature, given as they are or as base64. */
    static byte[] parse(byte[] given) {
        if (given.length == LENGTH) {
            return given;
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(new String(given, StandardCharsets.UTF_8).strip());
            if (decoded.length == LENGTH) {
                return decoded;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new ProblemException(
                ProblemCode.SIGNATURE_MALFORMED,
                "signature: expected 64 bytes or their base64, given " + given.length + " bytes that are neither");
    }

    /** The key of the owner that signed; no other answer but a problem. */
    PublisherKeys.Known signer(String owner, String sha256, byte[] signature) {
        List<PublisherKeys.Known> known = keys.of(owner);
        PublisherKeys.Known signer = known.stream()
                .filter(key -> verifies(key.key(), sha256, signature))
                .findFirst()
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.SIGNATURE_INVALID,
                        "signature: expected one over '" + DOMAIN + sha256 + "' by a key of " + owner + ", who has "
                                + known.size() + " registered; given one that none of them made"));
        if (signer.revoked()) {
            throw new ProblemException(
                    ProblemCode.SIGNATURE_KEY_REVOKED,
                    "signature: expected one by a key in use, given one by " + signer.fingerprint());
        }
        return signer;
    }

    private static boolean verifies(PublicKey key, String sha256, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update((DOMAIN + sha256).getBytes(StandardCharsets.UTF_8));
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // a signature whose numbers are out of range
        }
    }
}
