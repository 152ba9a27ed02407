package org.layerzoo.registry.serving;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.springframework.stereotype.Component;

/** What is counted about each deployment that this service has been asked for. */
@Component
class ServingMetrics {
    private final MeterRegistry registry;
    private final Map<String, IntSupplier> queues = new ConcurrentHashMap<>();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    ServingMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A deployment is no more: neither are its meters, so that names that come and go do not gather. */
    void forget(String model) {
        if (!known.remove(model)) {
            return;
        }
        queues.remove(model);
        registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith("zoo.serving.") && model.equals(id.getTag("model")))
                .toList()
                .forEach(registry::remove);
    }

    /** Those of one deployment. */
    Of of(String model) {
        known.add(model);
        return new Of(model);
    }

    /** The meters of one deployment; {@code model} is the name of one that exists, so that callers cannot make up more. */
    final class Of {
        private final String model;

        private Of(String model) {
            this.model = model;
        }

        /** One request that ended so after this time. */
        void request(String outcome, long nanos) {
            Timer.builder("zoo.serving.requests")
                    .description("requests by outcome, with their time")
                    .tags("model", model, "outcome", outcome)
                    .publishPercentileHistogram()
                    .register(registry)
                    .record(nanos, TimeUnit.NANOSECONDS);
        }

        /** One computation of these requests together. */
        void batch(List<Pending> batch, long now) {
            DistributionSummary.builder("zoo.serving.batch.rows")
                    .description("rows that were computed together")
                    .tags("model", model)
                    .register(registry)
                    .record(batch.stream().mapToInt(Pending::rows).sum());
            DistributionSummary.builder("zoo.serving.batch.requests")
                    .description("requests that were computed together")
                    .tags("model", model)
                    .register(registry)
                    .record(batch.size());
            Timer wait = Timer.builder("zoo.serving.queue.time")
                    .description("time in the queue")
                    .tags("model", model)
                    .register(registry);
            batch.forEach(p -> wait.record(now - p.enqueuedAt(), TimeUnit.NANOSECONDS));
        }

        /** Where the number of waiting requests is read. */
        void queue(IntSupplier waiting) {
            if (queues.put(model, waiting) == null) {
                Gauge.builder("zoo.serving.queue", queues, all -> Optional.ofNullable(all.get(model))
                                .map(IntSupplier::getAsInt)
                                .orElse(0))
                        .description("requests that wait")
                        .tags(Tags.of("model", model))
                        .register(registry);
            }
        }
    }
}
