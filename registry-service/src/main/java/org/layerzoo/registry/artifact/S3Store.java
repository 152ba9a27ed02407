package org.layerzoo.registry.artifact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.Digests;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Objects of a bucket. An object appears whole or not at all; the server checks the MD5 of what it is sent, we the SHA-256 of both ways. */
final class S3Store implements ArtifactStore, AutoCloseable {
    private final S3Bucket bucket;
    private final long partSize;

    private S3Store(S3Bucket bucket, long partSize) {
        this.bucket = bucket;
        this.partSize = partSize;
    }

    /** Asks nothing of the server yet: a service starts without it, and is not ready. */
    static S3Store open(ArtifactSettings.S3 settings, AwsCredentialsProvider credentials) {
        return new S3Store(
                new S3Bucket(settings, credentials), settings.partSize().toBytes());
    }

    @Override
    public String put(byte[] content) {
        String sha256 = Digests.sha256(content);
        put(sha256, Digests.md5().digest(content), RequestBody.fromBytes(content));
        return sha256;
    }

    private void put(String sha256, byte[] md5, RequestBody body) {
        bucket.ask(() -> bucket.client()
                .putObject(
                        request -> request.bucket(bucket.name())
                                .key(bucket.key(sha256))
                                .contentMD5(Base64.getEncoder().encodeToString(md5)),
                        body));
    }

    @Override
    public void adopt(Path file, String sha256) {
        try {
            if (Files.size(file) > partSize) {
                new S3Parts(bucket, file, sha256, partSize).store();
            } else {
                Artifact.require(file, sha256);
                put(sha256, Digests.md5(file), RequestBody.fromFile(file));
            }
            Files.delete(file);
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    @Override
    public Optional<Artifact> find(String sha256) {
        return bucket.ask(() -> {
            try {
                HeadObjectResponse head = bucket.client()
                        .headObject(request -> request.bucket(bucket.name()).key(bucket.key(sha256)));
                return Optional.of(new Artifact(sha256, head.contentLength(), offset -> read(sha256, offset)));
            } catch (NoSuchKeyException e) {
                // The answer has no body, and is the same where there is no bucket.
                probe();
                return Optional.empty();
            }
        });
    }

    private InputStream read(String sha256, long offset) {
        return bucket.ask(() -> new Body(bucket.client().getObject(request -> request.bucket(bucket.name())
                .key(bucket.key(sha256))
                .range(offset > 0 ? "bytes=" + offset + "-" : null))));
    }

    /** What is not read to its end is given up with its connection, which would have to receive the rest. */
    private final class Body extends FilterInputStream {
        private final ResponseInputStream<GetObjectResponse> body;
        private long rest;

        Body(ResponseInputStream<GetObjectResponse> body) {
            super(body);
            this.body = body;
            this.rest = body.response().contentLength();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            try {
                int read = body.read(buffer, offset, length);
                rest -= Math.max(read, 0);
                return read;
            } catch (IOException | SdkException e) {
                throw bucket.failure(e);
            }
        }

        @Override
        public void close() throws IOException {
            if (rest > 0) {
                body.abort();
            } else {
                body.close();
            }
        }
    }

    @Override
    public void remove(String sha256) {
        bucket.ask(() -> bucket.client()
                .deleteObject(request -> request.bucket(bucket.name()).key(bucket.key(sha256))));
    }

    /** Parts of files that a service that was killed had begun to store. */
    @Override
    public int tidy(Duration age) {
        Instant before = Instant.now().minus(age);
        List<MultipartUpload> old = bucket.ask(() -> bucket
                .client()
                .listMultipartUploadsPaginator(
                        request -> request.bucket(bucket.name()).prefix(bucket.prefix()))
                .uploads()
                .stream()
                .filter(upload -> upload.initiated().isBefore(before))
                .toList());
        old.forEach(upload -> S3Parts.abort(bucket, upload.key(), upload.uploadId()));
        return old.size();
    }

    /** Asks for the bucket, which changes nothing and costs nothing to speak of; that it is full shows when something is stored. */
    @Override
    public void probe() {
        bucket.ask(() -> bucket.client().headBucket(request -> request.bucket(bucket.name())));
    }

    @Override
    public void close() {
        bucket.close();
    }
}
