package org.layerzoo.registry.artifact;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.layerzoo.registry.StartFailure;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where artifacts are kept.
 *
 * @param store {@code folder} or {@code s3}
 * @param folder one that several services use together; the data directory's own when empty
 */
@ConfigurationProperties("zoo.artifacts")
record ArtifactSettings(String store, String folder, S3 s3) {

    ArtifactSettings {
        if (!store.equals("folder") && !store.equals("s3")) {
            throw wrong("store", "folder or s3", store);
        }
        if (store.equals("s3")) {
            s3.check();
        }
    }

    boolean inBucket() {
        return store.equals("s3");
    }

    private static StartFailure wrong(String name, String expected, String given) {
        return StartFailure.usage("zoo.artifacts." + name + ": expected " + expected + ", given '" + given + "'");
    }

    /**
     * A bucket. Credentials are not settings: they come from where the AWS SDK looks for them.
     *
     * @param prefix of all keys, empty or ending in a slash
     * @param endpoint of a server that is not Amazon's; empty for Amazon's
     * @param pathStyle whether the bucket is in the path and not in the host's name
     * @param timeout of a server that falls silent
     * @param partSize of files larger than this, which are stored in parts
     */
    record S3(
            String bucket,
            String prefix,
            String region,
            String endpoint,
            boolean pathStyle,
            Duration timeout,
            DataSize partSize) {
        private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");
        private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9._-]+/)*");
        private static final DataSize LEAST = DataSize.ofMegabytes(5);
        private static final DataSize MOST = DataSize.ofGigabytes(1);

        private void check() {
            if (!BUCKET.matcher(bucket).matches()) {
                throw wrong("s3.bucket", "the name of a bucket", bucket);
            }
            if (!PREFIX.matcher(prefix).matches()) {
                throw wrong("s3.prefix", "nothing, or names that end in a slash each", prefix);
            }
            if (region.isBlank()) {
                throw wrong("s3.region", "the name of a region", region);
            }
            if (timeout.isNegative() || timeout.isZero()) {
                throw wrong("s3.timeout", "a time above zero", timeout.toString());
            }
            if (partSize.compareTo(LEAST) < 0 || partSize.compareTo(MOST) > 0) {
                throw wrong("s3.part-size", LEAST.toMegabytes() + "MB to " + MOST.toGigabytes() + "GB", partSize + "");
            }
            address();
        }

        /** The address of a server that is not Amazon's. */
        Optional<URI> address() {
            if (endpoint.isEmpty()) {
                return Optional.empty();
            }
            try {
                URI address = new URI(endpoint);
                boolean plain = address.getHost() != null
                        && address.getRawUserInfo() == null
                        && address.getRawQuery() == null
                        && address.getRawFragment() == null;
                if (plain && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
                    return Optional.of(address);
                }
            } catch (URISyntaxException e) {
                // told below, without what was given: it may hold a password
            }
            throw StartFailure.usage(
                    "zoo.artifacts.s3.endpoint: expected http:// or https://, a host and perhaps a port, without user and password");
        }
    }
}
