package org.layerzoo.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/** Ed25519 keys of publishers: the private one in a file of its owner, the public one wherever a jar is checked. */
final class SigningKey {
    private static final String ALGORITHM = "Ed25519";
    private static final String DOMAIN = "layerzoo-plugin-v1:";

    private SigningKey() {}

    static Path standardFile() {
        return ZooHome.folder().resolve("keys/publisher.pem");
    }

    /** Makes a key pair and writes the private key where nobody else may read it; an existing file is never replaced. */
    static KeyPair create(Path file) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            if (file.toAbsolutePath().getParent() != null) {
                Files.createDirectories(file.toAbsolutePath().getParent());
            }
            var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            Files.createFile(file, ownerOnly);
            Files.writeString(file, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            return pair;
        } catch (FileAlreadyExistsException e) {
            throw CommandFailure.badInput("--out: expected a file that does not exist yet, given " + file);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the key cannot be written to " + file + ": " + e, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    /** The pair of a private key that is in a file; the public half follows from it. */
    static KeyPair pair(Path file) {
        PrivateKey secret = read(file);
        try {
            byte[] seed = ((EdECPrivateKey) secret)
                    .getBytes()
                    .orElseThrow(() -> new GeneralSecurityException("the key does not show its bytes"));
            KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
            // The generator takes the bytes it is given for the private key and computes the public one.
            generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
                private static final long serialVersionUID = 1L;

                @Override
                public void nextBytes(byte[] bytes) {
                    System.arraycopy(seed, 0, bytes, 0, bytes.length);
                }
            });
            KeyPair pair = generator.generateKeyPair();
            String probe = "0".repeat(64);
            String publicKey =
                    Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
            if (!verifies(publicKey, probe, Base64.getEncoder().encodeToString(sign(secret, probe)))) {
                throw new GeneralSecurityException("its public half cannot be computed here");
            }
            return pair;
        } catch (GeneralSecurityException e) {
            throw CommandFailure.cannotRun("the key in " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    static String pem(String what, byte[] bytes) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }

    static PrivateKey read(Path file) {
        try {
            String body = Files.readString(file, StandardCharsets.US_ASCII)
                    .replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "")
                    .replaceAll("\\s+", "");
            var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
            return KeyFactory.getInstance(ALGORITHM).generatePrivate(spec);
        } catch (IOException e) {
            throw CommandFailure.badInput(
                    "--key: expected a file that can be read (make one with 'zoo keygen'), given " + file);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw CommandFailure.badInput("--key: expected an Ed25519 private key as PKCS#8 PEM, given " + file);
        }
    }

    /** The signature of a jar, over its SHA-256 in hex. */
    static byte[] sign(PrivateKey key, String sha256) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update((DOMAIN + sha256).getBytes(StandardCharsets.UTF_8));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw CommandFailure.badInput("--key: expected an Ed25519 private key: " + e.getMessage());
        }
    }

    /** Whether the base64 signature is of the jar with this SHA-256 by the key, the base64 of its X.509 form. */
    static boolean verifies(String publicKey, String sha256, String signature) {
        try {
            var spec = new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey));
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(KeyFactory.getInstance(ALGORITHM).generatePublic(spec));
            verifier.update((DOMAIN + sha256).getBytes(StandardCharsets.UTF_8));
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return false;
        }
    }

    static String fingerprint(byte[] publicKey) {
        return HexFormat.of().formatHex(sha256().digest(publicKey));
    }

    static String digest(Path file) {
        MessageDigest digest = sha256();
        try (var in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw CommandFailure.badInput("expected a file that can be read, given " + file);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
