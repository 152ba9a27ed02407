package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.claims.Verdict;

/** What was measured of claims on this machine, one file for each jar's SHA-256, beside what came with this release. */
final class ClaimStore {
    private final Path folder;
    private final ClaimRecords shipped;

    ClaimStore(Path home) {
        this(home, ClaimRecords.shipped());
    }

    ClaimStore(Path home, ClaimRecords shipped) {
        this.folder = home.resolve("results").resolve("claims");
        this.shipped = shipped;
    }

    /** All runs there are, those of this machine in place of shipped ones. */
    ClaimRecords records(String sha256) {
        ClaimRecords all = ClaimRecords.empty();
        all.take(shipped);
        all.take(own(sha256));
        return all;
    }

    /** Keeps what this machine has measured, and the claims as they stand with it. */
    void write(String sha256, ClaimRecords records) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the measurements cannot be stored in " + folder + ": " + e, e);
        }
        records.beyond(shipped).write(file(sha256));
    }

    /** What was found of a claim such as mamba/claim-1, here or before the release. */
    Optional<ClaimRecords.Finding> finding(String sha256, String claim) {
        return own(sha256)
                .finding(claim)
                .filter(f -> !f.verdict().equals(Verdict.OPEN.label()))
                .or(() -> shipped.finding(claim));
    }

    private ClaimRecords own(String sha256) {
        return ClaimRecords.read(file(sha256));
    }

    private Path file(String sha256) {
        return folder.resolve(sha256 + ".json");
    }
}
