package org.layerzoo.registry.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.DataDirectory;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.job.UploadVerification;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.multipart.MultipartFile;

/** Takes plugins in. First the file goes into the store, whole, then one transaction refers to it; what is between is an orphan. */
@Service
class Publishing {
    private static final long MAX_SIGNATURE = 4096;

    private final DataDirectory data;
    private final Signatures signatures;
    private final UploadCheck check;
    private final ArtifactStore store;
    private final Catalog catalog;
    private final UploadVerification verification;
    private final Maintainers maintainers;
    private final PublicationStore publications;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    Publishing(
            DataDirectory data,
            Signatures signatures,
            UploadCheck check,
            ArtifactStore store,
            Catalog catalog,
            UploadVerification verification,
            Maintainers maintainers,
            PublicationStore publications,
            AuditLog audit,
            JdbcClient jdbc,
            TransactionTemplate transaction) {
        this.data = data;
        this.signatures = signatures;
        this.check = check;
        this.store = store;
        this.catalog = catalog;
        this.verification = verification;
        this.maintainers = maintainers;
        this.publications = publications;
        this.audit = audit;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** Checks an upload and asks for its verification. */
    PublicationStore.Row publish(MultipartFile artifact, MultipartFile signature, Caller caller) {
        Path file = data.resolve("uploads").resolve(UUID.randomUUID() + ".jar");
        try {
            try {
                artifact.transferTo(file);
                return publish(file, Signatures.parse(bytes(signature)), caller);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(MultipartFile signature) throws IOException {
        if (signature.getSize() > MAX_SIGNATURE) {
            throw new ProblemException(
                    ProblemCode.SIGNATURE_MALFORMED,
                    "signature: expected 64 bytes or their base64, given " + signature.getSize() + " bytes");
        }
        return signature.getBytes();
    }

    private PublicationStore.Row publish(Path file, byte[] signature, Caller caller) throws IOException {
        String sha256 = Digests.sha256(file);
        var signer = signatures.signer(caller.owner(), sha256, signature);
        var checked = check.check(file);
        // Said early, so that nothing is stored for nought; the transaction looks again.
        refuseKnown(checked);
        jdbc.sql("insert into artifact_pending (sha256, since) values (?, now())"
                        + " on conflict (sha256) do update set since = now()")
                .param(sha256)
                .update();
        store.adopt(file, sha256);
        UUID id = UUID.randomUUID();
        transaction.executeWithoutResult(status -> {
            jdbc.sql("select pg_advisory_xact_lock(hashtext(?))")
                    .param("publish:" + checked.id())
                    .query((row, n) -> 0)
                    .single();
            refuseKnown(checked);
            maintainers.claim(checked.id(), caller);
            UUID job = verification.ask(catalog.admit(checked.jar()), caller.owner());
            publications.insert(new PublicationStore.Fresh(
                    id,
                    checked,
                    caller.owner(),
                    signer.id(),
                    Base64.getEncoder().encodeToString(signature),
                    job));
            jdbc.sql("delete from artifact_pending where sha256 = ?")
                    .param(sha256)
                    .update();
            audit.record(
                    "version.upload",
                    checked.id() + "@" + checked.version(),
                    Optional.empty(),
                    Optional.of(sha256),
                    "signed by " + signer.fingerprint());
        });
        return publications.find(id).orElseThrow();
    }

    private void refuseKnown(UploadCheck.Checked checked) {
        Optional<PublicationStore.Row> known = publications.ofVersion(checked.id(), checked.version());
        if (known.isPresent()) {
            boolean deleted = known.get().state().equals("deleted");
            throw new ProblemException(
                    deleted ? ProblemCode.VERSION_DELETED : ProblemCode.VERSION_EXISTS,
                    "version: expected one that was never published, given " + checked.id() + " " + checked.version()
                            + ", which is " + known.get().state() + " since "
                            + known.get().decidedAt().orElse(known.get().uploadedAt()));
        }
    }
}
