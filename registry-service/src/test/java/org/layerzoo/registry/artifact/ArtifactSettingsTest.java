package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.StartFailure;
import org.springframework.util.unit.DataSize;

class ArtifactSettingsTest {
    private static ArtifactSettings.S3 s3(String bucket, String prefix, String endpoint, int megabytes) {
        return new ArtifactSettings.S3(
                bucket, prefix, "eu-1", endpoint, true, Duration.ofSeconds(1), DataSize.ofMegabytes(megabytes));
    }

    private static void refused(String store, ArtifactSettings.S3 s3, String... told) {
        assertThatThrownBy(() -> new ArtifactSettings(store, "", s3))
                .isInstanceOf(StartFailure.class)
                .hasMessageContainingAll(told);
    }

    @Test
    void whatIsWrongIsNamedWithWhatWasExpectedAndWhatWasGiven() {
        refused("tape", s3("", "", "", 64), "zoo.artifacts.store", "folder or s3", "'tape'");
        refused("s3", s3("", "", "", 64), "zoo.artifacts.s3.bucket", "name of a bucket");
        refused("s3", s3("b/c", "", "", 64), "zoo.artifacts.s3.bucket", "'b/c'");
        refused("s3", s3("zoo", "no-slash", "", 64), "zoo.artifacts.s3.prefix", "'no-slash'");
        refused("s3", s3("zoo", "", "", 1), "zoo.artifacts.s3.part-size", "5MB to 1GB");
        refused("s3", s3("zoo", "", "s3.example", 64), "zoo.artifacts.s3.endpoint", "http");
        assertThatThrownBy(() -> new ArtifactSettings("s3", "", s3("zoo", "", "https://me:password@s3.example", 64)))
                .hasMessageContaining("without user and password")
                .hasMessageNotContaining("password@");
    }

    @Test
    void whatIsRightIsTakenAndABucketIsLookedAtOnlyWhereItIsUsed() {
        assertThatCode(() -> new ArtifactSettings("folder", "", s3("", "", "", 64)))
                .doesNotThrowAnyException();
        var settings = new ArtifactSettings("s3", "", s3("zoo", "a/b/", "https://s3.example:9000", 64));
        assertThat(settings.inBucket()).isTrue();
        assertThat(settings.s3().address())
                .hasValueSatisfying(a -> assertThat(a.getPort()).isEqualTo(9000));
        assertThat(s3("zoo", "", "", 64).address()).isEmpty();
    }
}
