package org.layerzoo.registry.job;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.layerzoo.registry.api.CheckResult;
import org.layerzoo.registry.api.GoldenResult;
import org.layerzoo.registry.api.LevelState;
import org.layerzoo.registry.api.VerificationEntry;
import org.layerzoo.registry.api.VerificationReport;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.Verifications;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Verification results: stored against the jar's digest, they set its levels of proof. */
@Component
class VerificationKeeper implements ResultKeeper, Verifications {
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final Reports reports;
    private final Catalog catalog;

    VerificationKeeper(JdbcClient jdbc, JsonMapper json, Reports reports, Catalog catalog) {
        this.jdbc = jdbc;
        this.json = json;
        this.reports = reports;
        this.catalog = catalog;
    }

    @Override
    public String kind() {
        return "verification";
    }

    @Override
    public void keep(JobEntity job, Map<String, Object> result, Map<String, JobFiles.Stored> files) {
        VerificationReport report = reports.read(result, VerificationReport.class);
        Map<String, String> digests = new HashMap<>();
        json.readValue(job.jars, new TypeReference<List<Jobs.JobJar>>() {})
                .forEach(jar -> digests.put(jar.id(), jar.sha256()));
        int level = json.readTree(job.spec).path("level").asInt(2);
        for (VerificationEntry entry : report.getPlugins()) {
            String plugin = String.valueOf(entry.getId()).split("/", 2)[0];
            String sha256 = Optional.ofNullable(digests.remove(plugin))
                    .orElseThrow(() -> new ProblemException(
                            ProblemCode.RESULT_INVALID,
                            "plugins: expected each plugin of the job once, given " + entry.getId()));
            catalog.prove(sha256, states(entry, level));
            jdbc.sql("insert into verification (id, job_id, sha256, entry, verified_at) values (?, ?, ?, ?, now())")
                    .params(UUID.randomUUID(), job.id, sha256, reports.write(entry))
                    .update();
        }
        if (!digests.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.RESULT_INVALID, "plugins: expected an entry for each of " + digests.keySet());
        }
    }

    /** The states that the entry names; where it names none, those that its checks show. */
    private static Map<String, LevelState> states(VerificationEntry entry, int level) {
        Map<String, LevelState> named = Optional.ofNullable(entry.getLevels()).orElse(Map.of());
        if (!named.isEmpty()) {
            return named;
        }
        Map<String, LevelState> states = new HashMap<>();
        for (int n = 1; n <= level; n++) {
            int wanted = n;
            Stream<Boolean> checks = entry.getChecks().stream()
                    .filter(check -> check.getLevel() == wanted)
                    .map(CheckResult::getPassed);
            Stream<Boolean> golden =
                    wanted == 2 ? entry.getGolden().stream().map(GoldenResult::getPassed) : Stream.empty();
            List<Boolean> outcomes = Stream.concat(checks, golden).toList();
            LevelState none = wanted == 2 ? LevelState.NOT_APPLICABLE : LevelState.NOT_RUN;
            LevelState run = outcomes.stream().allMatch(Boolean::booleanValue) ? LevelState.PASSED : LevelState.FAILED;
            states.put(Integer.toString(n), outcomes.isEmpty() ? none : run);
        }
        return states;
    }

    @Override
    public Optional<VerificationEntry> newest(String sha256) {
        return jdbc.sql("select entry from verification where sha256 = ? order by verified_at desc, id limit 1")
                .param(sha256)
                .query(String.class)
                .optional()
                .map(text -> reports.parse(text, VerificationEntry.class));
    }
}
