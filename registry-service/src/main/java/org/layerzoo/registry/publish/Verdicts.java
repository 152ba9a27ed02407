package org.layerzoo.registry.publish;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.CheckResult;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.api.LevelState;
import org.layerzoo.registry.api.VerificationEntry;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.Verifications;
import org.layerzoo.registry.job.UploadVerification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Publishes or rejects what was verified. It looks at what the database says, not at what happened, so a service that was killed in
 * between, and another one in its place, come to the same verdict.
 */
@Component
class Verdicts {
    private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);

    private final PublicationStore publications;
    private final UploadVerification verification;
    private final Verifications verifications;
    private final UploadSettings settings;
    private final Catalog catalog;
    private final Maintainers maintainers;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    Verdicts(
            PublicationStore publications,
            UploadVerification verification,
            Verifications verifications,
            UploadSettings settings,
            Catalog catalog,
            Maintainers maintainers,
            AuditLog audit,
            JdbcClient jdbc,
            TransactionTemplate transaction) {
        this.publications = publications;
        this.verification = verification;
        this.verifications = verifications;
        this.settings = settings;
        this.catalog = catalog;
        this.maintainers = maintainers;
        this.audit = audit;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** Judges every publication whose verification has ended. */
    void judgeAll() {
        for (UUID id : publications.open()) {
            try {
                transaction.executeWithoutResult(
                        status -> publications.lockOpen(id).ifPresent(this::judge));
            } catch (RuntimeException e) {
                LOG.warn("publication {} could not be judged, trying again: {}", id, e.getMessage());
            }
        }
    }

    private void judge(PublicationStore.Row row) {
        Optional<UploadVerification.Progress> progress = verification.progress(row.job());
        if (progress.isPresent() && !progress.get().ended()) {
            return;
        }
        boolean again = row.state().equals("error")
                || progress.map(UploadVerification.Progress::again).orElse(true);
        if (again) {
            tryAgain(row, progress);
            return;
        }
        Optional<String> fault = progress.filter(known -> known.state() == JobState.SUCCEEDED)
                .map(known -> fault(row))
                .orElseGet(() -> progress.flatMap(UploadVerification.Progress::problem));
        fault.ifPresentOrElse(reason -> reject(row, reason), () -> publish(row));
    }

    /** The verification ended for a reason that says nothing about the plugin. */
    private void tryAgain(PublicationStore.Row row, Optional<UploadVerification.Progress> progress) {
        if (row.attempts() < settings.attempts()) {
            UUID job = verification.ask(catalog.admitted(row.sha256()), row.publisher());
            publications.retry(row.id(), job);
            LOG.info("{} is verified again: job {}", row.subject(), job);
            return;
        }
        String reason = progress.flatMap(UploadVerification.Progress::problem)
                .orElse("the verification was cancelled or lost " + row.attempts() + " times");
        publications.fail(row.id(), reason, settings.retryPause());
        audit.record("version.error", row.subject(), Optional.of("verifying"), Optional.of("error"), reason);
        LOG.warn("{} could not be verified and is tried again in {}: {}", row.subject(), settings.retryPause(), reason);
    }

    /** Why a jar did not pass level 1, or may not be shown although it did. */
    private Optional<String> fault(PublicationStore.Row row) {
        if (row.keyRevoked()) {
            return Optional.of("signature: the key that made it was revoked before the version was published");
        }
        String sha256 = row.sha256();
        VerificationEntry entry = verifications.newest(sha256).orElseThrow();
        Optional<LevelState> level = catalog.level(sha256, "1");
        List<String> failed = entry.getChecks().stream()
                .filter(check -> !check.getPassed())
                .map(CheckResult::getName)
                .toList();
        boolean passed = failed.isEmpty() && level.equals(Optional.of(LevelState.PASSED));
        return passed
                ? Optional.empty()
                : Optional.of("level 1: expected every check to pass, failed: "
                        + (failed.isEmpty() ? "none was run" : String.join(", ", failed)));
    }

    private void publish(PublicationStore.Row row) {
        publications.decide(row.id(), "published", Optional.empty());
        catalog.publish(row.sha256());
        audit.record(
                "version.publish", row.subject(), Optional.of("verifying"), Optional.of(row.sha256()), row.publisher());
        LOG.info("published {}", row.subject());
    }

    private void reject(PublicationStore.Row row, String reason) {
        publications.decide(row.id(), "rejected", Optional.of(reason));
        catalog.hide(row.sha256());
        maintainers.release(row.pluginId());
        // The jar of a rejected upload is needed by nobody; the collector takes it.
        jdbc.sql("insert into artifact_pending (sha256, since) values (?, now()) on conflict (sha256) do nothing")
                .param(row.sha256())
                .update();
        audit.record("version.reject", row.subject(), Optional.of("verifying"), Optional.of("rejected"), reason);
        LOG.info("rejected {}: {}", row.subject(), reason);
    }
}
