package org.layerzoo.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import triton.client.InferInput;
import triton.client.InferRequestedOutput;
import triton.client.InferenceServerClient;
import triton.client.pojo.DataType;

/**
 * A plugin's life with two people and a registry: Ada writes, builds, publishes and withdraws it; Ben, who has other scopes and another
 * ZOO_HOME, installs and serves it, and may do nothing to it that is Ada's to do.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class JourneyTest {
    private static final String ID = "running-mean";
    private static final String VERSION = "/api/v1/plugins/" + ID + "/versions/0.1.0";
    private static final int WIDTH = 64;
    private static final int LENGTH = 3;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private static Path folder;

    private House house;
    private Person admin;
    private Person ada;
    private Person ben;
    private Path project;
    private String sha256 = "";

    @BeforeAll
    void start() throws Exception {
        house = House.up(folder, "--no-demo", "--no-verify");
        String token = Files.readString(folder.resolve("data/admin.token")).strip();
        admin = new Person(house.url(), token, folder.resolve("admin"));
        ada = person("ada", "[\"read\", \"publish\"]");
        ben = person("ben", "[\"read\", \"publish\", \"run\"]");
        project = ada.home.resolve(ID);
    }

    @AfterAll
    void end() {
        house.close();
    }

    private Person person(String name, String scopes) throws Exception {
        var made = admin.send("POST", "/api/v1/tokens", """
            {"name": "%s's laptop", "owner": "%s", "scopes": %s, "days": 1}\
            """.formatted(name, name, scopes));
        assertEquals(201, made.statusCode(), made.body());
        return new Person(house.url(), JSON.readTree(made.body()).path("token").asString(), folder.resolve(name));
    }

    /** Builds the project, far from the checkout but with the libraries at hand; answers its jar under a name of its own. */
    private Path built(String version, String as) throws Exception {
        String tail = House.ROOT.resolve(".m2") + "," + Path.of(System.getProperty("user.home"), ".m2", "repository");
        ada.run(
                        List.of(
                                House.ROOT.resolve("mvnw").toString(),
                                "-B",
                                "-ntp",
                                "-Dmaven.repo.local=" + folder.resolve("repository"),
                                "-Dmaven.repo.local.tail=" + tail,
                                "package"),
                        project)
                .exits(0);
        return Files.move(
                project.resolve("target/plugins/" + ID + "-" + version + ".jar"), ada.home.resolve(as + ".jar"));
    }

    /** The version as the registry shows it to everybody. */
    private JsonNode version() throws IOException {
        return house.json("/api/v1/plugins/" + ID + "/versions")
                .path("items")
                .valueStream()
                .filter(version -> version.path("version").asString().equals("0.1.0"))
                .findFirst()
                .orElseThrow();
    }

    /** The same content packed anew without compression: another file, as good as the first. */
    private static void repack(Path jar, Path to) throws IOException {
        try (var in = new ZipInputStream(Files.newInputStream(jar));
                var out = new ZipOutputStream(Files.newOutputStream(to))) {
            out.setLevel(Deflater.NO_COMPRESSION);
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                var copy = new ZipEntry(entry.getName());
                copy.setTime(entry.getTime());
                out.putNextEntry(copy);
                in.transferTo(out);
                out.closeEntry();
            }
        }
    }

    private void edit(String file, String from, String to) throws IOException {
        Path path = project.resolve(file);
        String text = Files.readString(path);
        assertTrue(text.contains(from), text);
        Files.writeString(path, text.replace(from, to));
    }

    @Test
    @Order(1)
    void aNewPluginBuildsAsItStands() throws Exception {
        Path sdk = House.ROOT.resolve("build/sdk-repo");
        assertTrue(Files.isDirectory(sdk), sdk + " is missing: ./zoo builds it");
        String where = sdk.toUri().toString().replaceFirst("/$", "");
        ada.zoo("new", ID, "--family", "linear-attention", "--sdk", where).exits(0);
        assertTrue(Files.size(built("0.1.0", "first")) > 0);
        repack(ada.home.resolve("first.jar"), ada.home.resolve("changed.jar"));
        edit("pom.xml", "<version>0.1.0</version>", "<version>0.2.0</version>");
        built("0.2.0", "second");
    }

    @Test
    @Order(2)
    void aKeyIsRegisteredAndAVersionIsPublishedOnceARunnerHasVerifiedIt() throws Exception {
        String jar = ada.home.resolve("first.jar").toString();
        ada.zoo("keygen").exits(0);
        Person.Said unknown = ada.zoo("publish", jar).exits(2);
        assertTrue(unknown.err().contains("ada, who has 0 registered"), unknown.err());
        ada.zoo("keygen", "--register").exits(0);
        ben.zoo("keygen", "--register").exits(0);
        JsonNode publication = ada.zoo("publish", jar, "--json").exits(0).json();
        assertEquals("published", publication.path("state").asString(), publication::toString);
        assertEquals("ada", publication.path("publisher").asString());
        JsonNode checks = publication.at("/report/checks");
        assertTrue(checks.size() > 5, publication::toString);
        checks.forEach(check -> assertTrue(check.path("passed").asBoolean(), check::toString));
        sha256 = publication.path("sha256").asString();
        JsonNode job = house.json("/api/v1/jobs/" + publication.path("jobId").asString());
        assertEquals("succeeded", job.path("state").asString(), job::toString);
        JsonNode version = version();
        assertEquals("published", version.path("state").asString(), version::toString);
        assertEquals(1, version.path("level").asInt(), version::toString);
    }

    @Test
    @Order(3)
    void nobodyElsePublishesUnderTheIdOrWithdrawsIt() throws Exception {
        String second = ada.home.resolve("second.jar").toString();
        Person.Said taken = ben.zoo("publish", second).exits(1);
        assertTrue(taken.err().contains("given ben"), taken.err());
        Person.Said yanked = ben.zoo("yank", ID + "@0.1.0").exits(1);
        assertTrue(yanked.err().contains("given ben"), yanked.err());
        assertEquals("403 not-owner", ben.refused("PUT", "/api/v1/plugins/" + ID + "/aliases/champion", """
            {"version": "0.1.0"}\
            """));
        assertEquals("403 not-owner", ben.refused("DELETE", VERSION + "?reason=mine", ""));
        assertEquals("403 not-owner", ben.refused("PUT", "/api/v1/plugins/" + ID + "/maintainers/ben", ""));
        Person nobody = new Person(house.url(), "zoo_0123456789", folder.resolve("nobody"));
        assertEquals("401 token-invalid", nobody.refused("POST", VERSION + "/yank", "{}"));
        assertEquals("published", version().path("state").asString());
        assertFalse(version().path("yanked").asBoolean());
    }

    @Test
    @Order(4)
    void otherBytesUnderAPublishedVersionAreRefused() throws Exception {
        Person.Said refused =
                ada.zoo("publish", ada.home.resolve("changed.jar").toString()).exits(1);
        assertTrue(refused.err().contains("never published"), refused.err());
        assertEquals(sha256, version().path("sha256").asString());
    }

    @Test
    @Order(5)
    void somebodyElseInstallsItElsewhereAndRunsIt() throws Exception {
        JsonNode installed = ben.zoo("install", ID + "@^0.1", "--json").exits(0).json();
        assertEquals(sha256, installed.at("/plugins/0/sha256").asString());
        assertEquals("ada", installed.at("/plugins/0/publisher").asString());
        String said = ben.zoo("list", "--json").exits(0).out();
        assertTrue(said.contains('"' + ID + '"'), said);
        Files.write(ben.home.resolve("x.npy"), npy(tokens()));
        ben.zoo("run", ID, "--input", "x.npy", "--output", "y.safetensors").exits(0);
        assertEquals(1, version().path("downloads").asInt(), "downloads of people, not of runners");
    }

    @Test
    @Order(6)
    void itIsServedAndAnswersWhatTheInstalledOneComputes() throws Exception {
        assertTrue(ada.zoo("deploy", ID, "--name", "means").exits(1).err().contains("scope"), "ada may not run");
        ben.zoo("deploy", ID + "@0.1.0", "--name", "means").exits(0);
        assertEquals(
                "ready", house.json("/api/v1/deployments/means").path("state").asString());
        assertArrayEquals(read(ben.home.resolve("y.safetensors")), ask());
        Person eve = person("eve", "[\"read\", \"run\"]");
        Person.Said refused = eve.zoo("undeploy", "means").exits(1);
        assertTrue(refused.err().contains("deployment 'means' belongs to ben"), refused.err());
        assertTrue(eve.zoo("deploy", ID, "--name", "means", "--dtype", "f64")
                .exits(1)
                .err()
                .contains("belongs to ben"));
        assertEquals(
                "ready", house.json("/api/v1/deployments/means").path("state").asString());
    }

    private float[] ask() throws Exception {
        try (var client = new InferenceServerClient(house.url().substring("http://".length()), 5_000, 30_000)) {
            InferInput x = new InferInput("x", new long[] {1, LENGTH, WIDTH}, DataType.FP32);
            x.setData(tokens(), true);
            return client.infer("means", List.of(x), List.of(new InferRequestedOutput("y", true)))
                    .getOutputAsFloat("y");
        }
    }

    @Test
    @Order(7)
    void afterAYankNothingNewResolvesToItAndALockStillDoes() throws Exception {
        ada.zoo("yank", ID + "@0.1.0", "--reason", "wrong gate").exits(0);
        Person other = ben.elsewhere(folder.resolve("other"));
        Person.Said refused = other.zoo("install", ID + "@^0.1").exits(1);
        assertTrue(refused.err().contains("0.1.0 (yanked)"), refused.err());
        assertFalse(house.get("/plugins.json").body().contains(ID));
        Files.copy(ben.home.resolve("zoo.lock"), other.home.resolve("zoo.lock"));
        other.zoo("install", "--frozen").exits(0);
        assertTrue(Files.exists(other.home.resolve("plugins/" + ID + "-0.1.0.jar")));
        assertEquals(WIDTH * LENGTH, ask().length, "what is served goes on");
        ada.zoo("publish", ada.home.resolve("changed.jar").toString()).exits(1);
        assertTrue(version().path("yanked").asBoolean());
        ben.zoo("undeploy", "means").exits(0);
    }

    @Test
    @Order(8)
    void theAuditLogTellsWhoDidWhatAndIsWhole() throws Exception {
        assertEquals(
                Set.of("key.create", "version.upload", "job.create", "version.yank"),
                actions("ada").collect(Collectors.toSet()));
        assertEquals(
                Set.of("key.create", "deployment.put", "deployment.delete"),
                actions("ben").collect(Collectors.toSet()));
        assertEquals("403 scope-missing", ben.refused("GET", "/api/v1/audit", ""));
        assertTrue(admin.json("/api/v1/audit/check").path("whole").asBoolean());
        assertEquals(List.of(), house.stop(), house::output);
    }

    private Stream<String> actions(String actor) throws Exception {
        return admin.json("/api/v1/audit?size=500")
                .path("items")
                .valueStream()
                .filter(entry -> entry.path("actor").asString().equals(actor))
                .map(entry -> entry.path("action").asString());
    }

    private static float[] tokens() {
        float[] x = new float[LENGTH * WIDTH];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i * 37 % 101 - 50) / 25f;
        }
        return x;
    }

    /** NumPy's file format 1.0. */
    private static byte[] npy(float[] values) {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, %d, %d), }".formatted(LENGTH, WIDTH);
        String padded = header + " ".repeat(63 - (10 + header.length()) % 64) + "\n";
        ByteBuffer file = ByteBuffer.allocate(10 + padded.length() + 4 * values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) padded.length())
                .put(padded.getBytes(StandardCharsets.US_ASCII));
        file.asFloatBuffer().put(values);
        return file.array();
    }

    /** The tensor {@code out.y} of a safetensors file. */
    private static float[] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong();
        JsonNode header = JSON.readTree(bytes.array(), 8, length);
        JsonNode offsets = header.at("/out.y/data_offsets");
        float[] values = new float[(offsets.get(1).asInt() - offsets.get(0).asInt()) / 4];
        bytes.position(8 + length + offsets.get(0).asInt())
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }
}
