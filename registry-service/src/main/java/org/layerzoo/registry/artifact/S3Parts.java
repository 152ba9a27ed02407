package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.layerzoo.registry.Digests;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;

/** Stores one large file part by part. The object appears when the last part is there and the whole has its digest. */
final class S3Parts {
    private static final Logger LOG = LoggerFactory.getLogger(S3Parts.class);
    private static final int MOST = 10_000;

    private final S3Bucket bucket;
    private final Path file;
    private final String sha256;
    private final String key;
    private final long partSize;
    private final long size;
    private final MessageDigest whole = Digests.sha256();

    S3Parts(S3Bucket bucket, Path file, String sha256, long partSize) throws IOException {
        this.bucket = bucket;
        this.file = file;
        this.sha256 = sha256;
        this.key = bucket.key(sha256);
        this.partSize = partSize;
        this.size = Files.size(file);
    }

    void store() throws IOException {
        if (size > MOST * partSize) {
            throw new StorageException(
                    StorageException.Reason.FULL,
                    bucket + ": expected a file of at most " + MOST * partSize
                            + " bytes (zoo.artifacts.s3.part-size), given " + size);
        }
        String upload = bucket.ask(() -> bucket.client()
                .createMultipartUpload(request -> request.bucket(bucket.name()).key(key))
                .uploadId());
        boolean stored = false;
        try {
            List<CompletedPart> parts = send(upload);
            Artifact.requireDigest(Digests.hex(whole), sha256);
            complete(upload, parts);
            stored = true;
        } finally {
            if (!stored) {
                giveUp(upload);
            }
        }
    }

    private List<CompletedPart> send(String upload) throws IOException {
        var parts = new ArrayList<CompletedPart>();
        for (long offset = 0; offset < size; offset += partSize) {
            long begin = offset;
            long length = Math.min(partSize, size - offset);
            String md5 = Base64.getEncoder().encodeToString(md5(begin, length));
            int number = parts.size() + 1;
            var body = RequestBody.fromContentProvider(() -> slice(begin, length), length, "application/octet-stream");
            String tag = bucket.ask(() -> bucket.client()
                    .uploadPart(
                            request -> request.bucket(bucket.name())
                                    .key(key)
                                    .uploadId(upload)
                                    .partNumber(number)
                                    .contentMD5(md5),
                            body)
                    .eTag());
            parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
        }
        return parts;
    }

    private void complete(String upload, List<CompletedPart> parts) {
        bucket.ask(() -> bucket.client().completeMultipartUpload(request -> request.bucket(bucket.name())
                .key(key)
                .uploadId(upload)
                .multipartUpload(all -> all.parts(parts))));
        long there = bucket.ask(() -> bucket.client()
                .headObject(request -> request.bucket(bucket.name()).key(key))
                .contentLength());
        if (there != size) {
            throw new StorageException(
                    StorageException.Reason.DAMAGED,
                    bucket + ": expected " + size + " bytes stored, there are " + there);
        }
    }

    /** The MD5 of a part, whose bytes also go into the digest of the whole. */
    private byte[] md5(long offset, long length) throws IOException {
        MessageDigest md5 = Digests.md5();
        try (InputStream in = slice(offset, length)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                md5.update(buffer, 0, n);
                whole.update(buffer, 0, n);
            }
        }
        return md5.digest();
    }

    private InputStream slice(long offset, long length) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new Slice(Channels.newInputStream(channel.position(offset)), length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Slice extends InputStream {
        private final InputStream in;
        private long rest;

        Slice(InputStream in, long length) {
            this.in = in;
            this.rest = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = rest == 0 ? -1 : in.read(buffer, offset, (int) Math.min(length, rest));
            rest -= Math.max(read, 0);
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** The failure that led here is the one to be told; what cannot be given up now is tidied later. */
    private void giveUp(String upload) {
        try {
            abort(bucket, key, upload);
        } catch (StorageException e) {
            LOG.warn("parts of {} stay until they are tidied: {}", sha256, e.getMessage());
        }
    }

    static void abort(S3Bucket bucket, String key, String upload) {
        bucket.ask(() -> {
            try {
                return bucket.client()
                        .abortMultipartUpload(request ->
                                request.bucket(bucket.name()).key(key).uploadId(upload));
            } catch (NoSuchUploadException gone) {
                return AbortMultipartUploadResponse.builder().build();
            }
        });
    }
}
