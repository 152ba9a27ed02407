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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
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
    private final Set<String> tokens = new LinkedHashSet<>();
    private final Set<String> weights = new LinkedHashSet<>();
    private final Map<Integer, String> matrices = new HashMap<>();
    private final List<String> benchmarks = new ArrayList<>();
    private String alias = "";
    private int kills;
    private Cluster cluster;
    private Path jar;

    @BeforeAll
    void start() throws Exception {
        System.out.println(KILLS + " kills, " + JOBS + " jobs, seed " + SEED);
        cluster = new Cluster(folder, 2, 3);
        try (Stream<Path> jars = Files.list(Cluster.ROOT.resolve("build/plugins"))) {
            jar = jars.filter(file -> file.getFileName().toString().startsWith(PLUGIN + "-0"))
                    .findFirst()
                    .orElseThrow();
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
        int publish = cluster.zoo(
                "publish",
                jar.toString(),
                "--no-wait",
                "--registry",
                cluster.urls.getLast(),
                "--token",
                cluster.token());
        assertEquals(0, publish, cluster::zooSaid);
        int steps = Math.max(KILLS, JOBS);
        for (int step = 0; step < steps; step++) {
            work(step);
            if (step * KILLS / steps != (step + 1) * KILLS / steps) {
                killAndRestart();
                work(steps + step);
            }
        }
        assertEquals(KILLS, kills);
    }

    /** One change of each kind; a change that is not acknowledged is asked for again, of the other service. */
    private void work(int step) {
        if (matrices.size() < JOBS) {
            matrix(step);
        }
        tokens.add(cluster.web
                .post("/api/v1/tokens", "{\"name\": \"t" + step + "\", \"scopes\": [\"read\"]}")
                .is(201)
                .json()
                .path("id")
                .asString());
        weights.add(cluster.web
                .upload("/api/v1/weights", safetensors(step))
                .is(201)
                .json()
                .path("sha256")
                .asString());
        if (step % 5 == 0) {
            String wanted =
                    "{\"plugins\": [{\"id\": \"" + PLUGIN + "\"}], \"lengths\": [16], \"dim\": 16, \"heads\": 2}";
            benchmarks.add(cluster.web
                    .post("/api/v1/benchmarks", wanted)
                    .is(202)
                    .json()
                    .path("id")
                    .asString());
        }
        changeAlias(step);
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

    private void killAndRestart() throws IOException, InterruptedException {
        Thread.sleep(random.nextInt(1500)); // the random moment
        long begun = System.nanoTime();
        String name;
        if (kills % 3 == 2) {
            name = "database";
            cluster.database.kill();
            cluster.database.start();
        } else {
            List<Program> kind = kills % 3 == 0 ? cluster.services : cluster.runners;
            Program program = kind.get(random.nextInt(kind.size()));
            name = program.name();
            program.kill();
            program.start();
        }
        kills++;
        // The other service must go on meanwhile; only then is one waited for.
        cluster.web.get("/api/v1/plugins/" + PLUGIN).is(200);
        for (String url : cluster.urls) {
            cluster.await(
                    Duration.ofMinutes(3),
                    name + " was killed, " + url + " is healthy again",
                    () -> cluster.web.healthy(url));
        }
        System.out.println("kill " + kills + " of " + name + ": all healthy after "
                + (System.nanoTime() - begun) / 1_000_000 + " ms");
    }

    @Test
    @Order(2)
    void everyJobEndsWell() {
        List<String> all = new ArrayList<>(matrices.values());
        all.addAll(benchmarks);
        for (String id : all) {
            cluster.await(END, "job " + id + " ends", () -> ended(id));
            JsonNode job = cluster.web.get("/api/v1/jobs/" + id).is(200).json();
            // A job whose runner was killed three times is given up with a reason; that is an end too.
            boolean lost = job.path("problem").path("code").asString("").equals("runner-lost");
            assertTrue(job.path("state").asString().equals("succeeded") || lost, job::toString);
        }
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
        for (String version : List.of("0.1.0", "latest")) {
            var answer =
                    cluster.web.get("/api/v1/plugins/" + PLUGIN + "/versions/" + version + "/measurements?size=500");
            answer.json()
                    .path("items")
                    .forEach(item -> recorded.merge(
                            version + " " + item.path("jobId").asString() + " "
                                    + item.path("result").path("implementation")
                                    + item.path("result").path("id"),
                            1,
                            Integer::sum));
        }
        recorded.forEach((result, times) -> assertEquals(1, times, result));
        matrices.forEach((seed, job) -> {
            String state =
                    cluster.web.get("/api/v1/jobs/" + job).json().path("state").asString();
            if (state.equals("succeeded")) {
                cluster.web.get("/api/v1/jobs/" + job + "/files/matrix.png").is(200);
            }
        });
    }

    @Test
    @Order(4)
    void whatWasAcknowledgedIsThere() {
        assertTrue(ids("/api/v1/tokens", "id").containsAll(tokens));
        assertTrue(ids("/api/v1/weights", "sha256").containsAll(weights));
        JsonNode audit = cluster.web.get("/api/v1/audit/check").is(200).json();
        assertTrue(audit.path("whole").asBoolean(), audit::toString);
    }

    private Set<String> ids(String path, String field) {
        Set<String> found = new LinkedHashSet<>();
        for (int page = 0; ; page++) {
            JsonNode items = cluster.web
                    .get(path + "?size=500&page=" + page)
                    .is(200)
                    .json()
                    .path("items");
            if (items.isEmpty()) {
                return found;
            }
            items.forEach(item -> found.add(item.path(field).asString()));
        }
    }

    @Test
    @Order(5)
    void theVersionIsPublishedWholeAndItsAliasPointsToIt() throws Exception {
        cluster.await(
                END,
                "the publication is decided",
                () -> !publication().path("decidedAt").isNull() && publication().has("decidedAt"));
        JsonNode publication = publication();
        assertEquals("published", publication.path("state").asString(), publication::toString);
        byte[] served = cluster.web
                .get("/api/v1/plugins/" + PLUGIN + "/versions/0.1.0/artifact")
                .is(200)
                .bytes();
        assertEquals(-1, java.util.Arrays.mismatch(Files.readAllBytes(jar), served));
        if (alias.isEmpty()) {
            changeAlias(0);
        }
        cluster.web.get("/api/v1/plugins/" + PLUGIN + "/versions/" + alias).is(200);
    }

    private JsonNode publication() {
        JsonNode items = cluster.web
                .get("/api/v1/publications?plugin=" + PLUGIN)
                .is(200)
                .json()
                .path("items");
        assertEquals(1, items.size(), items::toString);
        return items.get(0);
    }
}
