package org.layerzoo.registry.job;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.BenchmarkReport;
import org.layerzoo.registry.api.BenchmarkResult;
import org.layerzoo.registry.api.Environment;
import org.layerzoo.registry.api.Measurement;
import org.layerzoo.registry.api.MeasurementPage;
import org.layerzoo.registry.catalog.Measurements;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Benchmark results, stored against the digest of the jar that was measured. */
@Component
class BenchmarkKeeper implements ResultKeeper, Measurements {
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final Reports reports;

    BenchmarkKeeper(JdbcClient jdbc, JsonMapper json, Reports reports) {
        this.jdbc = jdbc;
        this.json = json;
        this.reports = reports;
    }

    @Override
    public String kind() {
        return "benchmark";
    }

    @Override
    public void keep(JobEntity job, Map<String, Object> result, Map<String, JobFiles.Stored> files) {
        BenchmarkReport report = reports.read(result, BenchmarkReport.class);
        if (report.getResults().isEmpty()) {
            throw new ProblemException(ProblemCode.RESULT_INVALID, "results: expected at least one, given none");
        }
        Map<String, String> digests = digests(job);
        Environment environment = Optional.ofNullable(report.getEnvironment()).orElseGet(Environment::new);
        String requested = json.readTree(job.spec).path("backend").asString("auto");
        for (BenchmarkResult measured : report.getResults()) {
            String plugin = String.valueOf(measured.getId()).split("/", 2)[0];
            String sha256 = Optional.ofNullable(digests.get(plugin))
                    .orElseThrow(() -> new ProblemException(
                            ProblemCode.RESULT_INVALID,
                            "results: expected ids of " + digests.keySet() + ", given " + measured.getId()));
            store(job, sha256, requested, environment, measured);
        }
    }

    private void store(
            JobEntity job, String sha256, String requested, Environment environment, BenchmarkResult measured) {
        jdbc.sql(
                        "insert into measurement (id, job_id, sha256, subject, implementation, unit, pass, dtype, batch, length, dim, heads,"
                                + " requested, backend, environment, result, measured_at)"
                                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, now())")
                .params(Arrays.asList(
                        UUID.randomUUID(),
                        job.id,
                        sha256,
                        measured.getId(),
                        measured.getImplementation(),
                        text(measured.getUnit()),
                        text(measured.getPass()),
                        measured.getDtype(),
                        measured.getBatch(),
                        measured.getLength(),
                        measured.getDim(),
                        measured.getHeads(),
                        requested,
                        text(environment.getBackend()),
                        reports.write(environment),
                        reports.write(measured)))
                .update();
    }

    private static String text(String value) {
        return Optional.ofNullable(value).orElse("");
    }

    private Map<String, String> digests(JobEntity job) {
        Map<String, String> digests = new HashMap<>();
        json.readValue(job.jars, new TypeReference<List<Jobs.JobJar>>() {})
                .forEach(jar -> digests.put(jar.id(), jar.sha256()));
        return digests;
    }

    private record Row(UUID jobId, java.time.OffsetDateTime measuredAt, String environment, String result) {}

    @Override
    public MeasurementPage page(
            String sha256, Optional<String> unit, Optional<String> pass, Optional<String> backend, int page, int size) {
        String where =
                " from measurement where sha256 = :sha256 and (:unit = '' or unit = :unit) and (:pass = '' or pass = :pass)"
                        + " and (:backend = '' or backend = :backend)";
        var parameters = Map.<String, Object>of(
                "sha256",
                sha256,
                "unit",
                unit.orElse(""),
                "pass",
                pass.orElse(""),
                "backend",
                backend.orElse(""),
                "size",
                size,
                "skip",
                (long) page * size);
        var items = jdbc
                .sql("select job_id, measured_at, environment, result" + where
                        + " order by measured_at desc, id limit :size offset :skip")
                .params(parameters)
                .query(Row.class)
                .list()
                .stream()
                .map(row -> new Measurement(
                        row.jobId(),
                        row.measuredAt(),
                        reports.parse(row.environment(), Environment.class),
                        reports.parse(row.result(), BenchmarkResult.class)))
                .toList();
        long total = jdbc.sql("select count(*)" + where)
                .params(parameters)
                .query(Long.class)
                .single();
        return new MeasurementPage(items, page, size, total);
    }
}
