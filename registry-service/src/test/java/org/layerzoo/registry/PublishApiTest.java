package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import tools.jackson.databind.JsonNode;

class PublishApiTest {
    private static TestRegistry registry;
    private static Publisher alice;
    private static Publisher bob;
    private static FakeRunner runner;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        alice = Publisher.of(registry, "alice-of-publishing");
        bob = Publisher.of(registry, "bob-of-publishing");
        runner = FakeRunner.of(registry, "publish-runner");
    }

    private static String plugin(String id) {
        return "/api/v1/plugins/" + id;
    }

    private static String version(String id, String version) {
        return plugin(id) + "/versions/" + version;
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void anUploadIsSeenByNobodyUntilItIsVerifiedAndThenByEveryone() {
        JarFixture jar = JarFixture.release("seen-late", "1.0.0");
        Answer accepted = alice.publish(jar).is(202);
        JsonNode publication = accepted.json();
        assertThat(accepted.header("Location")).endsWith(publication.path("id").asString());
        assertThat(publication.path("state").asString()).isEqualTo("uploaded");
        registry.anonymous().get(plugin("seen-late")).problem(404, "plugin-unknown");
        registry.anonymous().get(version("seen-late", "1.0.0")).problem(404, "plugin-unknown");
        registry.anonymous().get(plugin("seen-late") + "/versions").problem(404, "plugin-unknown");
        bob.client().get(accepted.header("Location")).problem(404, "publication-unknown");

        JsonNode lease = runner.lease(10, "verification").orElseThrow();
        assertThat(lease.path("spec").path("level").asInt()).isEqualTo(1);
        String artifact = lease.path("plugins").get(0).path("artifact").asString();
        assertThat(runner.client().get(artifact).is(200).bytes()).isEqualTo(jar.bytes());
        registry.anonymous().get(artifact).problem(404, "plugin-unknown");
        assertThat(alice.client()
                        .get(accepted.header("Location"))
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("verifying");
        runner.complete(lease, Reports.verification("seen-late", true, true)).is(204);

        assertSeenByEveryone(alice.decided(publication), jar);
    }

    private static void assertSeenByEveryone(JsonNode done, JarFixture jar) {
        assertThat(done.path("state").asString()).isEqualTo("published");
        assertThat(done.path("report").path("checks").size()).isEqualTo(1);
        JsonNode found =
                registry.anonymous().get(version("seen-late", "1.0.0")).is(200).json();
        assertThat(found.path("source").asString()).isEqualTo("published");
        assertThat(found.path("level").asInt()).isGreaterThanOrEqualTo(1);
        assertThat(registry.anonymous()
                        .get(version("seen-late", "latest") + "/artifact")
                        .is(200)
                        .bytes())
                .isEqualTo(jar.bytes());
        lookWithoutDownloading(version("seen-late", "1.0.0") + "/artifact");
        JsonNode listed = registry.anonymous()
                .get(plugin("seen-late") + "/versions")
                .json()
                .path("items")
                .get(0);
        assertThat(listed.path("state").asString()).isEqualTo("published");
        assertThat(listed.path("publisher").asString()).isEqualTo("alice-of-publishing");
        assertThat(listed.path("signature").asString()).isNotBlank();
        assertThat(listed.path("keyFingerprint").asString()).hasSize(64);
        assertThat(listed.path("downloads").asInt()).isEqualTo(1);
        JsonNode release =
                registry.anonymous().get(version("seen-late", "1.0.0")).json().path("release");
        assertThat(release).isEqualTo(listed);
    }

    private static void lookWithoutDownloading(String artifact) {
        Answer head = registry.anonymous().send("HEAD", artifact, null).is(200);
        registry.anonymous()
                .with("If-None-Match", head.header("ETag"))
                .get(artifact)
                .is(304);
        registry.anonymous().with("Range", "bytes=0-9").get(artifact).is(206);
    }

    @Test
    void whatFailsItsVerificationIsRejectedWithTheReportAndItsVersionStaysFree() {
        JsonNode rejected = alice.published(JarFixture.release("fails-once", "1.0.0"), runner, false);
        assertThat(rejected.path("state").asString()).isEqualTo("rejected");
        assertThat(rejected.path("problem").asString()).contains("level 1", "causality");
        assertThat(rejected.path("report").path("passed").asBoolean()).isFalse();
        registry.anonymous().get(plugin("fails-once")).problem(404, "plugin-unknown");
        JarFixture better = JarFixture.release("fails-once", "1.0.0").with("summary", "Better now.");
        assertThat(bob.published(better, runner, true).path("state").asString()).isEqualTo("published");
    }

    @Test
    void aVersionIsNeverReplacedNotEvenAfterYankOrDeletion() {
        var figures = Figures.of(
                PublishApiTest.class, "the same and other bytes under a version that is there, yanked, deleted");
        JarFixture same = JarFixture.release("for-ever", "1.0.0");
        JarFixture other = JarFixture.release("for-ever", "1.0.0").with("summary", "Other bytes.");
        List<JarFixture> jars = List.of(same, other);
        alice.published(same, runner, true);
        int refused = refused(jars, "version-exists");
        String path = version("for-ever", "1.0.0");
        alice.client().post(path + "/yank", Map.of("reason", "wrong sign")).is(200);
        refused += refused(jars, "version-exists");
        alice.client().delete(path + "?reason=gone").is(204);
        refused += refused(jars, "version-deleted");
        registry.anonymous().get(path).problem(404, "plugin-unknown");
        registry.anonymous().get(path + "/artifact").problem(404, "plugin-unknown");
        assertThat(alice.published(JarFixture.release("for-ever", "1.0.1"), runner, true)
                        .path("state")
                        .asString())
                .isEqualTo("published");
        figures.with("attempts refused", refused).done();
    }

    private static int refused(List<JarFixture> jars, String code) {
        jars.forEach(jar -> alice.publish(jar).problem(409, code));
        return jars.size();
    }

    @Test
    void anIdBelongsToItsFirstPublisherAndWhomThatOneNames() {
        alice.published(JarFixture.release("hers", "1.0.0"), runner, true);
        JarFixture next = JarFixture.release("hers", "1.1.0");
        assertThat(bob.publish(next).problem(403, "not-owner").detail()).contains("alice-of-publishing");
        String path = version("hers", "1.0.0");
        bob.client().post(path + "/yank", Map.of()).problem(403, "not-owner");
        bob.client()
                .put(plugin("hers") + "/aliases/champion", Map.of("version", "1.0.0"))
                .problem(403, "not-owner");
        bob.client().put(plugin("hers") + "/maintainers/bob-of-publishing").problem(403, "not-owner");
        bob.client().delete(path).problem(403, "not-owner");
        alice.client().put(plugin("hers") + "/maintainers/bob-of-publishing").is(204);
        assertThat(bob.published(next, runner, true).path("state").asString()).isEqualTo("published");
        bob.client().delete(path).problem(403, "not-owner");
        alice.client().delete(plugin("hers") + "/maintainers/bob-of-publishing").is(204);
        bob.publish(JarFixture.release("hers", "1.2.0")).problem(403, "not-owner");
        assertThat(registry.anonymous()
                        .get(plugin("hers") + "/maintainers")
                        .json()
                        .size())
                .isEqualTo(1);
    }

    @Test
    void latestSkipsWhatIsYankedAndPrefersReleases() {
        for (String number : List.of("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1")) {
            alice.published(JarFixture.release("ordered", number), runner, true);
        }
        assertThat(latest("ordered")).isEqualTo("1.10.0");
        alice.client()
                .post(version("ordered", "1.10.0") + "/yank", Map.of("reason", "leaks"))
                .is(200);
        assertThat(latest("ordered")).isEqualTo("1.9.0");
        JsonNode yanked = registry.anonymous()
                .get(plugin("ordered") + "/versions")
                .json()
                .path("items")
                .valueStream()
                .filter(one -> one.path("version").asString().equals("1.10.0"))
                .findFirst()
                .orElseThrow();
        assertThat(yanked.path("yanked").asBoolean()).isTrue();
        assertThat(yanked.path("yankReason").asString()).isEqualTo("leaks");
        registry.anonymous().get(version("ordered", "1.10.0") + "/artifact").is(200);
        alice.client().post(version("ordered", "1.10.0") + "/unyank", Map.of()).is(200);
        assertThat(latest("ordered")).isEqualTo("1.10.0");
        for (String number : List.of("1.0.0", "1.10.0", "1.9.0")) {
            alice.client().post(version("ordered", number) + "/yank", Map.of()).is(200);
        }
        assertThat(latest("ordered")).isEqualTo("2.0.0-rc.1");
    }

    private static String latest(String id) {
        return registry.anonymous()
                .get(version(id, "latest"))
                .is(200)
                .json()
                .path("version")
                .asString();
    }

    @Test
    void aliasesTagsAndNotesOfDeprecationAreShownAndResolved() {
        alice.published(JarFixture.release("named", "1.0.0"), runner, true);
        alice.published(JarFixture.release("named", "1.1.0"), runner, true);
        Client client = alice.client();
        String alias = plugin("named") + "/aliases/champion";
        client.put(alias, Map.of("version", "1.0.0")).is(200);
        assertThat(registry.anonymous()
                        .get(version("named", "champion"))
                        .is(200)
                        .json()
                        .path("version")
                        .asString())
                .isEqualTo("1.0.0");
        client.put(version("named", "1.0.0") + "/tags", Map.of("tags", List.of("stable", "paper")))
                .is(200);
        JsonNode noted = client.put(version("named", "1.0.0") + "/deprecation", Map.of("reason", "use 1.1"))
                .is(200)
                .json();
        assertThat(noted.path("deprecated").asBoolean()).isTrue();
        assertThat(noted.path("deprecation").asString()).isEqualTo("use 1.1");
        assertThat(texts(noted.path("tags"))).containsExactly("paper", "stable");
        assertThat(texts(noted.path("aliases"))).containsExactly("champion");
        client.put(alias, Map.of("version", "1.1.0")).is(200);
        assertThat(registry.anonymous()
                        .get(version("named", "champion"))
                        .json()
                        .path("version")
                        .asString())
                .isEqualTo("1.1.0");
        client.delete(alias).is(204);
        registry.anonymous().get(version("named", "champion")).problem(404, "version-unknown");
        client.delete(alias).problem(404, "alias-unknown");
        for (String taken : List.of("latest", "1.0.0", "x")) {
            client.put(plugin("named") + "/aliases/" + taken, Map.of("version", "1.0.0"))
                    .problem(400, "invalid-request");
        }
        client.put(alias, Map.of("version", "9.9.9")).problem(404, "version-unknown");
    }

    @Test
    void aJarOfAPluginFolderStaysWhatItIsUntilItIsPublished() {
        JarFixture jar = JarFixture.release("both", "1.0.0");
        registry.add(jar, "both");
        JsonNode publication = alice.publish(jar).is(202).json();
        assertThat(latest("both")).startsWith("1.0.0+local.");
        Publisher.verify(publication, runner, true);
        alice.decided(publication);
        assertThat(latest("both")).isEqualTo("1.0.0");
    }

    @Test
    void aCancelledVerificationIsAskedForAgain() {
        JsonNode publication =
                alice.publish(JarFixture.release("again", "1.0.0")).is(202).json();
        registry.admin()
                .delete("/api/v1/jobs/" + publication.path("jobId").asString())
                .is(200);
        String path = "/api/v1/publications/" + publication.path("id").asString();
        TestRegistry.await(
                "another job",
                () -> !alice.client().get(path).json().path("jobId").equals(publication.path("jobId")));
        Publisher.verify(publication, runner, true);
        assertThat(alice.decided(publication).path("state").asString()).isEqualTo("published");
    }

    @Test
    void thePluginsOwnFaultRejectsIt() {
        JsonNode publication =
                alice.publish(JarFixture.release("crashes", "1.0.0")).is(202).json();
        JsonNode lease = runner.lease(10, "verification").orElseThrow();
        runner.fail(lease, "child-crashed", false).is(204);
        JsonNode done = alice.decided(publication);
        assertThat(done.path("state").asString()).isEqualTo("rejected");
        assertThat(done.path("problem").asString()).contains("because");
    }

    @Test
    void aRunnerThatCannotVerifyRejectsNothingAndAnotherOneIsAskedAgain() {
        JsonNode publication =
                alice.publish(JarFixture.release("misjudged", "1.0.0")).is(202).json();
        String path = "/api/v1/publications/" + publication.path("id").asString();
        for (int attempt = 0; attempt < 3; attempt++) {
            runner.fail(runner.lease(10, "verification").orElseThrow(), "runner-broken", false)
                    .is(204);
        }
        TestRegistry.await(
                "the error to be told",
                () -> alice.client().get(path).json().path("state").asString().equals("error"));
        JsonNode error = alice.client().get(path).json();
        assertThat(error.path("problem").asString()).contains("because");
        assertThat(error.path("decidedAt").isNull() || error.path("decidedAt").isMissingNode())
                .isTrue();
        alice.publish(JarFixture.release("misjudged", "1.0.0")).problem(409, "version-exists");
        Publisher.verify(publication, runner, true);
        JsonNode done = alice.decided(publication);
        assertThat(done.path("state").asString()).isEqualTo("published");
        assertThat(done.path("problem").asString("")).isEmpty();
    }
}
