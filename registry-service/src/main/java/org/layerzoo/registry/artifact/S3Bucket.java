package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A bucket, its keys, and what its refusals mean. */
final class S3Bucket implements AutoCloseable {
    /** Codes of a full disk or a quota, by which servers tell of it whatever status they choose. */
    private static final Set<String> FULL = Set.of(
            "QuotaExceeded",
            "BucketQuotaExceeded",
            "XMinioStorageFull",
            "XMinioAdminBucketQuotaExceeded",
            "InsufficientStorage",
            "StorageFull",
            "NoSpaceLeft");

    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final S3Client client;
    private final String name;
    private final String prefix;
    private final String shown;

    /** What the SDK is told to do without, so that servers that are not Amazon's understand it: checksums beyond those that we send. */
    S3Bucket(ArtifactSettings.S3 settings, AwsCredentialsProvider credentials) {
        var builder = S3Client.builder()
                .region(Region.of(settings.region()))
                .forcePathStyle(settings.pathStyle())
                .credentialsProvider(() -> resolved(credentials))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(settings.timeout().compareTo(CONNECT) < 0 ? settings.timeout() : CONNECT)
                        .socketTimeout(settings.timeout()));
        settings.address().ifPresent(builder::endpointOverride);
        client = builder.build();
        name = settings.bucket();
        prefix = settings.prefix();
        shown = "bucket " + name
                + settings.address().map(address -> " at " + address).orElse(" of region " + settings.region());
    }

    private static final class NoCredentials extends RuntimeException {
        NoCredentials(SdkException cause) {
            super(cause);
        }
    }

    private static AwsCredentials resolved(AwsCredentialsProvider credentials) {
        try {
            return credentials.resolveCredentials();
        } catch (SdkException e) {
            throw new NoCredentials(e);
        }
    }

    S3Client client() {
        return client;
    }

    String name() {
        return name;
    }

    String prefix() {
        return prefix;
    }

    /** The same layout as a folder's, so that one can be copied to the other. */
    String key(String sha256) {
        return prefix + sha256.substring(0, 2) + "/" + sha256;
    }

    /** Makes a request, and tells of its failure in our words. */
    <T> T ask(Supplier<T> request) {
        try {
            return request.get();
        } catch (SdkException | NoCredentials e) {
            throw failure(e);
        }
    }

    /** What a failure means; the messages of a server are not repeated, as they may hold what it was sent. */
    StorageException failure(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoCredentials) {
                return new StorageException(
                        StorageException.Reason.REFUSED,
                        shown + ": no credentials were found where the AWS SDK looks for them",
                        new IOException(e));
            }
            if (cause instanceof S3Exception answer) {
                return answered(answer);
            }
        }
        String kind = Optional.ofNullable(e.getCause()).orElse(e).getClass().getSimpleName();
        return new StorageException(
                StorageException.Reason.AWAY, shown + " does not answer: " + kind, new IOException(e));
    }

    private StorageException answered(S3Exception answer) {
        String code = Optional.ofNullable(answer.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .orElse("");
        String told = shown + " answered " + answer.statusCode() + (code.isEmpty() ? "" : " " + code);
        return new StorageException(reason(answer.statusCode(), code), told, new IOException(answer));
    }

    private static StorageException.Reason reason(int status, String code) {
        if (status == 507 || FULL.contains(code)) {
            return StorageException.Reason.FULL;
        }
        if (code.equals("BadDigest") || code.toLowerCase(Locale.ROOT).contains("checksum")) {
            return StorageException.Reason.DAMAGED;
        }
        boolean refused = status == 401 || status == 403 || status == 301 || code.equals("InvalidBucketName");
        return refused ? StorageException.Reason.REFUSED : StorageException.Reason.AWAY;
    }

    @Override
    public String toString() {
        return shown;
    }

    @Override
    public void close() {
        client.close();
    }
}
