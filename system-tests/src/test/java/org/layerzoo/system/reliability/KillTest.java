package org.layerzoo.system.reliability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.figures.Figures;
import tools.jackson.databind.JsonNode;

/**
 * Two services, three runners and their database are killed at random moments while plugins are published, aliases changed, weights handed
 * in and jobs run: what was acknowledged is there, no version is half visible, every job ends and its result is recorded once.
 * {@code -Dzoo.reliability.kills=200 -Dzoo.reliability.jobs=500 -Dzoo.reliability.seed=1} sets how much and which moments.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KillTest {
    private static final int KILLS = Integer.getInteger("zoo.reliability.kills", 4);
    private static final int JOBS = Integer.getInteger("zoo.reliability.jobs", 6);
    private static final long SEED = Long.getLong("zoo.reliability.seed", 20261122L);
    private static final Duration END = Duration.ofMinutes(5).plusSeconds(3L * JOBS);
    private static final String PLUGIN = "mamba";

    @TempDir
    private static Path folder;

    private final Random random = new Random(SEED);
    private final Figures figures = Figures.of(
            KillTest.class, KILLS + " kills and " + JOBS + " jobs of seed " + SEED + ", 2 services, 3 runners");
    private final Map<String, List<Long>> recoveries = new TreeMap<>();
    private final Set<String> tokens = new LinkedHashSet<>();
    private final Set<String> weights = new LinkedHashSet<>();
    private final Map<Integer, String> matrices = new HashMap<>();
    private final List<String> benchmarks = new ArrayList<>();
    private final Set<String> published = new LinkedHashSet<>();
    private final Set<String> succeeded = new HashSet<>();
    private final Set<String> given = new HashSet<>();
    private final AtomicInteger kills = new AtomicInteger();
    private String alias = "";
    private int asked;
    private int held;
    private Cluster cluster;
    private List<Path> publishable;

    @BeforeAll
    void start() throws Exception {
        cluster = new Cluster(folder, 2, 3);
        try (Stream<Path> jars = Files.list(Cluster.ROOT.resolve("build/plugins"))) {
            publishable = jars.filter(file -> file.toString().endsWith(".jar"))
                    .sorted(Comparator.comparing((Path file) -> !id(file).equals(PLUGIN))
                            .thenComparing(file -> file.toFile().length()))
                    .limit(1 + KILLS / 20)
                    .toList();
        }
        String url = cluster.urls.getFirst();
        assertEquals(
                0,
                cluster.zoo("keygen", "--register", "--registry", url, "--token", cluster.token()),
                cluster::zooSaid);
    }

    @AfterAll
    void end() throws Exception {
        cluster.close();
    }

    @Test
    @Order(1)
    void everythingIsDoneWhileProcessesAreKilled() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var killing = threads.submit(() -> {
                for (int kill = 0; kill < KILLS; kill++) {
                    killAndRestart(kill);
                    kills.incrementAndGet();
                }
                return kills.get();
            });
            for (int step = 0; !killing.isDone() || step < JOBS; step++) {
                work(step);
                Web.pause();
            }
            assertEquals(KILLS, killing.get());
        }
        while (jobs() < JOBS) {
            askForJob();
        }
        held++;
    }

    /** One change of each kind; a change that is not acknowledged is asked for again, of the other service. */
    private void work(int step) throws Exception {
        // Jobs and publications are spread over the kills.
        if (published.size() < publishable.size() && published.size() * KILLS <= kills.get() * publishable.size()) {
            publish(publishable.get(published.size()));
        }
        if (jobs() < JOBS && jobs() * KILLS <= (kills.get() + 1) * JOBS) {
            askForJob();
        }
        tokens.add(cluster.web
                .post("/api/v1/tokens", "{\"name\": \"t" + step + "\", \"scopes\": [\"read\"]}")
                .is(201)
                .json()
                .path("id")
                .asString());
        weights.add(cluster.web
                .upload("/api/v1/weights", safetensors(step))
                .is(200, 201)
                .json()
                .path("sha256")
                .asString());
        changeAlias(step);
    }

    private int jobs() {
        return matrices.size() + benchmarks.size();
    }

    /** Every tenth job is a benchmark, the others are matrices. */
    private void askForJob() {
        if (jobs() % 10 > 0) {
            matrix(asked++);
            return;
        }
        String wanted = "{\"plugins\": [{\"id\": \"" + PLUGIN + "\"}], \"lengths\": [16], \"dim\": 16, \"heads\": 2}";
        benchmarks.add(cluster.web
                .post("/api/v1/benchmarks", wanted)
                .is(202)
                .json()
                .path("id")
                .asString());
    }

    private void matrix(int seed) {
        JsonNode job = cluster.web
                .get("/api/v1/plugins/" + PLUGIN + "/versions/latest/matrix.json?length=8&wait=0&seed=" + seed)
                .is(200, 202)
                .json();
        if (job.has("id") && job.has("state")) {
            matrices.put(seed, job.path("id").asString());
        }
    }

    /** A publication that was cut off is asked for again of the other service, which may know it already. */
    private void publish(Path jar) throws Exception {
        String id = id(jar);
        for (int attempt = 0; !published.contains(id); attempt++) {
            assertTrue(attempt < 20, cluster::zooSaid);
            int code = cluster.zoo(
                    "publish",
                    jar.toString(),
                    "--no-wait",
                    "--registry",
                    cluster.urls.get(attempt % cluster.urls.size()),
                    "--token",
                    cluster.token());
            if (code == 0 || !publications(id).isEmpty()) {
                published.add(id);
            }
        }
    }

    private static String id(Path jar) {
        return jar.getFileName().toString().replaceAll("-\\d+\\.\\d+\\.\\d+\\.jar", "");
    }

    /** An alias can point to a published version only, so before that it is refused, and that is no fault. */
    private void changeAlias(int step) {
        String name = "a" + step % 3;
        var answer = cluster.web.put("/api/v1/plugins/" + PLUGIN + "/aliases/" + name, "{\"version\": \"0.1.0\"}");
        if (answer.is(200, 403, 404).status() == 200) {
            alias = name;
        }
    }

    private static byte[] safetensors(int number) {
        byte[] header = ("{\"__metadata__\":{\"number\":\"" + number + "\"}}").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private void killAndRestart(int kill) throws IOException, InterruptedException {
        Thread.sleep(random.nextInt(1500)); // the random moment
        long begun = System.nanoTime();
        String name;
        if (kill % 3 == 2) {
            name = "database";
            cluster.database.kill();
            cluster.database.start();
        } else {
            List<Program> kind = kill % 3 == 0 ? cluster.services : cluster.runners;
            Program program = kind.get(random.nextInt(kind.size()));
            name = program.name();
            program.kill();
            program.start();
        }
        // The other service must go on meanwhile; only then is one waited for.
        cluster.web.get("/api/v1/plugins/" + PLUGIN).is(200);
        for (String url : cluster.urls) {
            cluster.await(
                    Duration.ofMinutes(5),
                    name + " was killed, " + url + " is healthy again",
                    () -> cluster.web.healthy(url));
        }
        long took = (System.nanoTime() - begun) / 1_000_000;
        recoveries
                .computeIfAbsent(name.replaceAll("-\\d+", ""), kind -> new ArrayList<>())
                .add(took);
        System.out.println("kill " + (kill + 1) + " of " + name + ": all healthy after " + took + " ms");
    }

    @Test
    @Order(2)
    void everyJobEndsWell() {
        List<String> all = new ArrayList<>(matrices.values());
        all.addAll(benchmarks);
        for (String id : all) {
            cluster.await(END, "job " + id + " ends", () -> ended(id));
            JsonNode job = cluster.web.get("/api/v1/jobs/" + id).is(200).json();
            // A job whose runner was killed at each of its attempts is given up with a reason; that is an end too.
            boolean lost = job.path("problem").path("code").asString("").equals("runner-lost");
            boolean well = job.path("state").asString().equals("succeeded");
            assertTrue(well || lost, job::toString);
            (well ? succeeded : given).add(id);
        }
        held++;
    }

    private boolean ended(String id) {
        String state = cluster.web
                .get("/api/v1/jobs/" + id)
                .is(200)
                .json()
                .path("state")
                .asString();
        return !state.equals("queued") && !state.equals("running");
    }

    @Test
    @Order(3)
    void eachResultIsRecordedOnce() {
        Map<String, Integer> recorded = new HashMap<>();
        Set<String> measured = new HashSet<>();
        for (String version : versions()) {
            for (JsonNode item : all("/api/v1/plugins/" + PLUGIN + "/versions/" + version + "/measurements")) {
                String job = item.path("jobId").asString();
                measured.add(job);
                recorded.merge(
                        version + " " + job + " " + item.path("result").path("implementation")
                                + item.path("result").path("id"),
                        1,
                        Integer::sum);
            }
        }
        recorded.forEach((result, times) -> assertEquals(1, times, result));
        for (String job : benchmarks) {
            assertEquals(succeeded.contains(job), measured.contains(job), "benchmark " + job + " is recorded");
        }
        matrices.values().stream().filter(succeeded::contains).forEach(job -> cluster.web
                .get("/api/v1/jobs/" + job + "/files/matrix.png")
                .is(200));
        held++;
    }

    /** The versions of the plugin that jobs ran: the packaged jar's, as it lay in the plugin folder and as it was published. */
    private Set<String> versions() {
        Set<String> versions = new LinkedHashSet<>();
        all("/api/v1/plugins/" + PLUGIN + "/versions")
                .forEach(version -> versions.add(version.path("version").asString()));
        return versions;
    }

    @Test
    @Order(4)
    void whatWasAcknowledgedIsThere() {
        assertTrue(ids("/api/v1/tokens", "id").containsAll(tokens));
        assertTrue(ids("/api/v1/weights", "sha256").containsAll(weights));
        JsonNode audit = cluster.web.get("/api/v1/audit/check").is(200).json();
        assertTrue(audit.path("whole").asBoolean(), audit::toString);
        held++;
    }

    private Set<String> ids(String path, String field) {
        Set<String> found = new LinkedHashSet<>();
        all(path).forEach(item -> found.add(item.path(field).asString()));
        return found;
    }

    private List<JsonNode> all(String path) {
        List<JsonNode> found = new ArrayList<>();
        for (int page = 0; ; page++) {
            JsonNode items = cluster.web
                    .get(path + "?size=500&page=" + page)
                    .is(200)
                    .json()
                    .path("items");
            if (items.isEmpty()) {
                return found;
            }
            items.forEach(found::add);
        }
    }

    @Test
    @Order(5)
    void versionsArePublishedWholeAndTheAliasPointsToOne() throws Exception {
        for (Path jar : publishable) {
            String id = id(jar);
            cluster.await(END, "the publication of " + id + " is decided", () -> !publications(id)
                    .get(0)
                    .path("decidedAt")
                    .asString("")
                    .isEmpty());
            JsonNode publications = publications(id);
            assertEquals(1, publications.size(), publications::toString);
            assertEquals("published", publications.get(0).path("state").asString(), publications::toString);
            byte[] served = cluster.web
                    .get("/api/v1/plugins/" + id + "/versions/0.1.0/artifact")
                    .is(200)
                    .bytes();
            assertEquals(-1, Arrays.mismatch(Files.readAllBytes(jar), served));
        }
        if (alias.isEmpty()) {
            changeAlias(0);
        }
        cluster.web.get("/api/v1/plugins/" + PLUGIN + "/versions/" + alias).is(200);
        held++;
    }

    private JsonNode publications(String id) {
        return cluster.web
                .get("/api/v1/publications?plugin=" + id)
                .is(200)
                .json()
                .path("items");
    }

    @Test
    @Order(6)
    void figuresAreKeptOfARunInWhichAllOfThisHeld() {
        assertEquals(5, held, "tests before this one that passed");
        assertEquals(jobs(), succeeded.size() + given.size());
        figures.with("jobs succeeded", succeeded.size())
                .with("given up after their last attempt", given.size())
                .with("versions published", published.size())
                .with("tokens", tokens.size())
                .with("weights", weights.size());
        recoveries.forEach((name, times) -> figures.with(
                        "all healthy after a killed " + name + ", median s", median(times) / 1000.0)
                .with("after a killed " + name + ", longest s", Collections.max(times) / 1000.0));
        figures.done();
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }
}
