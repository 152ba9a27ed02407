package org.layerzoo.registry.job;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.layerzoo.registry.api.BenchmarkResult;
import org.layerzoo.registry.api.Environment;
import org.layerzoo.registry.api.PluginSummary;
import org.layerzoo.registry.api.RankedMixer;
import org.layerzoo.registry.api.Recommendation;
import org.layerzoo.registry.api.RecommendationQuestion;
import org.layerzoo.registry.api.Speed;
import org.layerzoo.registry.api.UnmeasuredMixer;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.Speeds;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Ranks mixers by the stored measurements of the jars that plugin folders hold now. Measures nothing. */
@Component
class Recommendations implements Speeds {
    private static final String CAUSAL = "self-causal";
    private static final int WIDTH = 512;
    private static final int HEADS = 8;

    /** The newest answer of each jar on each machine; batch, type and unit are those of `zoo recommend`. */
    private static final String ANSWERS =
            "select distinct on (m.sha256, m.environment) m.sha256, m.job_id, m.measured_at, m.environment, m.result"
                    + " from measurement m join plugin_jar p on p.sha256 = m.sha256 and p.plugin_id = m.subject"
                    + " where p.latest and m.implementation = 'layerzoo' and m.unit = 'layer' and m.dtype = 'f32' and m.batch = 1"
                    + " and m.length = :length and m.dim = :dim and m.heads = :heads and m.pass = :pass"
                    + " and (m.requested = :backend or m.backend = :backend)"
                    + " order by m.sha256, m.environment, m.measured_at desc, m.id";

    private final Catalog catalog;
    private final JdbcClient jdbc;
    private final Reports reports;

    Recommendations(Catalog catalog, JdbcClient jdbc, Reports reports) {
        this.catalog = catalog;
        this.jdbc = jdbc;
        this.reports = reports;
    }

    private record Row(String sha256, UUID jobId, OffsetDateTime measuredAt, String environment, String result) {}

    private record Answer(Row row, Environment environment, BenchmarkResult result) {
        Optional<Double> median() {
            return Optional.ofNullable(result.getMedianMs())
                    .filter(_ -> Objects.isNull(result.getRefused()))
                    .filter(ms -> Double.isFinite(ms) && ms > 0);
        }
    }

    @Transactional(readOnly = true)
    Recommendation answer(RecommendationQuestion question) {
        Environment machine = newestMachine();
        Map<String, List<Answer>> answers = answers(question).stream()
                .collect(Collectors.groupingBy(a -> a.row().sha256()));
        List<RankedMixer> ranked = new ArrayList<>();
        List<UnmeasuredMixer> unmeasured = new ArrayList<>();
        for (PluginSummary mixer : catalog.latestOf("mixer")) {
            if (question.getCausal() && !mixer.getModes().contains(CAUSAL)) {
                continue;
            }
            List<Answer> all = answers.getOrDefault(mixer.getSha256(), List.of());
            Optional<Answer> here = all.stream()
                    .filter(a -> same(a.environment(), machine))
                    .max(Comparator.comparing(a -> a.row().measuredAt()));
            here.flatMap(a -> a.median().map(ms -> entry(mixer, a, ms)))
                    .ifPresentOrElse(ranked::add, () -> unmeasured.add(unmeasured(mixer, here, all, question)));
        }
        return new Recommendation(question, machine, byTime(ranked), unmeasured);
    }

    @Override
    @Transactional(readOnly = true)
    public Map<String, Speed> at(int length) {
        Environment machine = newestMachine();
        var question = new RecommendationQuestion(length, WIDTH, HEADS, "forward", false, "auto");
        var speeds = new HashMap<String, Speed>();
        answers(question).stream()
                .filter(answer -> same(answer.environment(), machine))
                .sorted(Comparator.comparing(answer -> answer.row().measuredAt()))
                .forEach(answer -> answer.median()
                        .ifPresent(ms -> speeds.put(
                                answer.row().sha256(),
                                new Speed(
                                        length / ms * 1000,
                                        ms,
                                        length,
                                        answer.row().jobId(),
                                        answer.row().measuredAt()))));
        return speeds;
    }

    /** The machine that measured last; nothing is known of it before the first measurement. */
    private Environment newestMachine() {
        return jdbc.sql("select environment from measurement order by measured_at desc, id limit 1")
                .query(String.class)
                .optional()
                .map(text -> reports.parse(text, Environment.class))
                .map(e -> new Environment()
                        .cpu(e.getCpu())
                        .cores(e.getCores())
                        .threads(e.getThreads())
                        .jdk(e.getJdk()))
                .orElseGet(Environment::new);
    }

    private List<Answer> answers(RecommendationQuestion question) {
        return jdbc
                .sql(ANSWERS)
                .param("length", question.getLength())
                .param("dim", question.getDim())
                .param("heads", question.getHeads())
                .param("pass", question.getPass())
                .param("backend", question.getBackend())
                .query(Row.class)
                .list()
                .stream()
                .map(row -> new Answer(
                        row,
                        reports.parse(row.environment(), Environment.class),
                        reports.parse(row.result(), BenchmarkResult.class)))
                .toList();
    }

    private static boolean same(Environment a, Environment b) {
        return Objects.equals(a.getCpu(), b.getCpu())
                && Objects.equals(a.getCores(), b.getCores())
                && Objects.equals(a.getThreads(), b.getThreads())
                && Objects.equals(a.getJdk(), b.getJdk());
    }

    private static RankedMixer entry(PluginSummary mixer, Answer answer, double medianMs) {
        BenchmarkResult result = answer.result();
        return new RankedMixer()
                .id(mixer.getId())
                .version(mixer.getVersion())
                .title(mixer.getTitle())
                .family(mixer.getFamily())
                .causal(mixer.getModes().contains(CAUSAL))
                .medianMs(medianMs)
                .p95Ms(result.getP95Ms())
                .minMs(result.getMinMs())
                .tokensPerSecond(result.getTokensPerSecond())
                .peakBytes(result.getPeakBytes())
                .gflops(result.getGflops())
                .relError(result.getRelError())
                .fallbacks(Optional.ofNullable(result.getFallbacks()).orElse(List.of()))
                .source("stored")
                .measuredAt(answer.row().measuredAt())
                .backend(answer.environment().getBackend())
                .jobId(answer.row().jobId());
    }

    private static List<RankedMixer> byTime(List<RankedMixer> ranked) {
        ranked.sort(Comparator.comparing(RankedMixer::getMedianMs).thenComparing(RankedMixer::getId));
        for (int i = 0; i < ranked.size(); i++) {
            RankedMixer entry = ranked.get(i);
            entry.rank(i + 1).timesBest(entry.getMedianMs() / ranked.getFirst().getMedianMs());
        }
        return ranked;
    }

    private static UnmeasuredMixer unmeasured(
            PluginSummary mixer, Optional<Answer> here, List<Answer> all, RecommendationQuestion question) {
        String reason = here.map(
                        a -> Optional.ofNullable(a.result().getRefused()).orElse("no figure was given"))
                .orElseGet(() -> all.isEmpty()
                        ? "not measured yet at " + question.getLength() + " tokens and width " + question.getDim()
                        : "measured on another machine only: "
                                + machine(all.getFirst().environment()));
        return new UnmeasuredMixer(mixer.getId(), mixer.getTitle(), reason, here.isPresent());
    }

    private static String machine(Environment e) {
        String cpu = Optional.ofNullable(e.getCpu()).orElse("unnamed CPU");
        String threads = Optional.ofNullable(e.getThreads())
                .map(n -> ", " + n + " threads")
                .orElse("");
        return cpu
                + threads
                + Optional.ofNullable(e.getJdk()).map(v -> ", JDK " + v).orElse("");
    }
}
