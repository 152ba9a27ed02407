package org.layerzoo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A publisher's key pair. */
@Command(
        name = "keygen",
        description = "Make an Ed25519 key pair to sign plugins with; the private key stays in a file of mode 0600.")
final class KeygenCommand extends LocalCommand {
    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "file of the private key (default: keys/publisher.pem in ZOO_HOME)")
    Optional<Path> out = Optional.empty();

    @Option(
            names = "--register",
            description =
                    "register the public key at the registry, to the token's owner; that of a file which exists already is registered as it is")
    boolean register;

    @Option(names = "--name", paramLabel = "NAME", description = "the key's name there (default: this machine's)")
    Optional<String> name = Optional.empty();

    @Mixin
    RemoteOptions remote = new RemoteOptions();

    @Override
    public Integer call() {
        Optional<RemoteRegistry> registry = register ? Optional.of(remote.connect()) : Optional.empty();
        Path file = out.orElseGet(SigningKey::standardFile).toAbsolutePath().normalize();
        KeyPair pair = register && Files.exists(file) ? SigningKey.pair(file) : SigningKey.create(file);
        byte[] encoded = pair.getPublic().getEncoded();
        var document = object().put("file", file.toString())
                .put("fingerprint", SigningKey.fingerprint(encoded))
                .put("publicKey", Base64.getEncoder().encodeToString(encoded));
        registry.ifPresent(known ->
                document.put("id", register(known, document.get("publicKey").asString())));
        if (zoo.json) {
            print(document);
        } else {
            out().print(SigningKey.pem("PUBLIC KEY", encoded));
            out().println("fingerprint " + document.get("fingerprint").asString());
            out().println("private key in " + file
                    + (register ? "; registered at " + registry.get().base() : ""));
        }
        return 0;
    }

    private String register(RemoteRegistry registry, String publicKey) {
        try {
            var body =
                    object().put("name", name.orElseGet(KeygenCommand::machine)).put("publicKey", publicKey);
            return registry.post("/api/v1/keys", body).path("id").asString();
        } catch (RemoteRegistry.Unreachable e) {
            throw CommandFailure.cannotRun(e.getMessage() + "; the key is made, register it by POST /api/v1/keys", e);
        }
    }

    private static String machine() {
        String host = Optional.ofNullable(System.getenv("HOSTNAME")).orElse("this machine");
        return System.getProperty("user.name") + " on " + host;
    }
}
