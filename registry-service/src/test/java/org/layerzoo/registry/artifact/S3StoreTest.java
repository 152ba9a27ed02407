package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.Digests;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Against a real server, in a bucket of its own for each test. */
class S3StoreTest extends StoreContract {
    private final S3Server server = S3Server.shared();
    private final String bucket = "store-" + UUID.randomUUID();
    private final S3Store store = store(bucket, S3Server.SECRET);

    S3StoreTest() {
        server.bucket(bucket);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static ArtifactSettings.S3 settings(String bucket, String endpoint) {
        return new ArtifactSettings.S3(
                bucket, "artifacts/", "us-east-1", endpoint, true, Duration.ofSeconds(60), DataSize.ofMegabytes(5));
    }

    private static AwsCredentialsProvider credentials(String secret) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(S3Server.KEY, secret));
    }

    private S3Store store(String name, String secret) {
        return S3Store.open(settings(name, server.url()), credentials(secret));
    }

    @Override
    ArtifactStore store() {
        return store;
    }

    @Override
    Path stored(String sha256) {
        return server.object(bucket, sha256);
    }

    @Override
    void begin() {
        try (var raw = new S3Bucket(settings(bucket, server.url()), credentials(S3Server.SECRET))) {
            raw.client().createMultipartUpload(request -> request.bucket(bucket).key(raw.key("ab" + "0".repeat(62))));
        }
    }

    /** Fails in each method, for this reason. */
    private static void isOfNoUse(S3Store store, StorageException.Reason reason, String told) {
        String sha256 = Digests.sha256(CONTENT);
        fails(reason, store::probe);
        fails(reason, () -> store.put(CONTENT));
        fails(reason, () -> store.find(sha256));
        fails(reason, () -> store.remove(sha256));
        assertThatThrownBy(() -> store.put(CONTENT))
                .hasMessageContaining(told)
                .hasMessageNotContaining(S3Server.SECRET)
                .hasMessageNotContaining(S3Server.KEY);
    }

    @Test
    void wrongCredentialsAreRefused() {
        try (S3Store wrong = store(bucket, "another-secret")) {
            isOfNoUse(wrong, StorageException.Reason.REFUSED, "403 SignatureDoesNotMatch");
        }
    }

    @Test
    void withoutCredentialsItIsSaidWhereTheyAreLookedFor() {
        AwsCredentialsProvider none = () -> {
            throw SdkClientException.create("none were found");
        };
        try (S3Store without = S3Store.open(settings(bucket, server.url()), none)) {
            isOfNoUse(without, StorageException.Reason.REFUSED, "no credentials were found");
        }
    }

    @Test
    void aBucketThatDoesNotExistIsNoEmptyOne() {
        try (S3Store nowhere = store("store-nowhere", S3Server.SECRET)) {
            fails(StorageException.Reason.AWAY, nowhere::probe);
            fails(StorageException.Reason.AWAY, () -> nowhere.put(CONTENT));
            fails(StorageException.Reason.AWAY, () -> nowhere.find(Digests.sha256(CONTENT)));
            assertThatThrownBy(() -> nowhere.put(CONTENT)).hasMessageContaining("404 NoSuchBucket");
        }
    }

    @Test
    void aServerThatIsNotThereIsAway() {
        try (S3Store away = S3Store.open(settings(bucket, "http://127.0.0.1:9"), credentials(S3Server.SECRET))) {
            isOfNoUse(away, StorageException.Reason.AWAY, "http://127.0.0.1:9 does not answer");
        }
    }

    /** So a folder can be copied into a bucket and back by any program that copies files. */
    @Test
    void theKeysAreTheNamesThatAFolderHas() {
        String sha256 = store.put(CONTENT);
        assertThat(stored(sha256)).hasBinaryContent(CONTENT);
        assertThat(stored(sha256).toString()).endsWith(bucket + "/artifacts/" + sha256.substring(0, 2) + "/" + sha256);
    }
}
