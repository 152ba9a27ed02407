package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    @Test
    void readsEachOptionInBothSpellings() {
        Options options = Options.parse(
                "--port",
                "0",
                "--host=0.0.0.0",
                "--data",
                "/d",
                "--plugins",
                "/a",
                "--plugins=/b/../c",
                "--no-demo",
                "--no-verify",
                "--database-url",
                "postgresql://host/zoo?user=u&password=p=q");
        assertThat(options.port()).isZero();
        assertThat(options.host()).isEqualTo("0.0.0.0");
        assertThat(options.data()).isEqualTo(Path.of("/d"));
        assertThat(options.plugins()).containsExactly(Path.of("/a"), Path.of("/c"));
        assertThat(options.demo()).isFalse();
        assertThat(options.verify()).isFalse();
        assertThat(options.databaseUrl()).hasValue("jdbc:postgresql://host/zoo?user=u&password=p=q");
    }

    @Test
    void listensOnThisMachineOnlyUnlessTold() {
        assertThat(Options.parse().host()).isEqualTo("127.0.0.1");
        assertThat(Options.parse().port()).isEqualTo(8080);
        assertThat(Options.parse().demo()).isTrue();
        assertThat(Options.parse("--no-demo").verify()).isTrue();
        assertThat(Options.parse().databaseUrl()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--port=eighty, 'eighty'",
        "--port=70000, '70000'",
        "--port=-1, '-1'",
        "--color=red, '--color=red'",
        "--database-url=mysql://x, 'mysql://x'"
    })
    void aWrongArgumentIsNamedAndEndsWithTwo(String argument, String given) {
        var failure = catchThrowableOfType(StartFailure.class, () -> Options.parse(argument));
        assertThat(failure.exitCode()).isEqualTo(2);
        assertThat(failure).hasMessageContaining("expected").hasMessageContaining("given '" + given + "'");
        assertThat(failure.getMessage()).doesNotContain("\n");
    }

    @Test
    void aMissingValueIsNamed() {
        var failure = catchThrowableOfType(StartFailure.class, () -> Options.parse("--data"));
        assertThat(failure).hasMessageContaining("--data needs a value");
    }
}
