package org.layerzoo.registry.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SilenceTest {
    private static final UUID JOB = UUID.randomUUID();
    private static final OffsetDateTime TIME = OffsetDateTime.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
    private final Silence silence = new Silence(nanos::get);

    private Silence.Known look(long fencing, OffsetDateTime until) {
        return silence.look(new Silence.Lease(JOB, fencing, until));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void silenceGrowsUntilTheLeaseChangesWhateverTimeItNames() {
        assertThat(look(1, TIME).silent()).isZero();
        pass(Duration.ofSeconds(2));
        assertThat(look(1, TIME).silent()).isEqualTo(Duration.ofSeconds(2));
        assertThat(look(1, TIME.minusYears(1)).silent()).isZero();
        pass(Duration.ofSeconds(3));
        assertThat(look(1, TIME.minusYears(1)))
                .isEqualTo(new Silence.Known(Duration.ofSeconds(3), Duration.ofSeconds(5)));
    }

    @Test
    void anotherLeaseOfTheSameJobBeginsAnew() {
        look(1, TIME);
        pass(Duration.ofSeconds(9));
        assertThat(look(2, TIME)).isEqualTo(new Silence.Known(Duration.ZERO, Duration.ZERO));
    }

    @Test
    void whatIsNotKeptIsForgotten() {
        look(1, TIME);
        pass(Duration.ofSeconds(9));
        silence.keepOnly(Set.of());
        assertThat(look(1, TIME).silent()).isZero();
    }
}
