package org.layerzoo.registry.serving;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The queues of the deployments that this service has been asked for; one a process that serves. */
@Component
class Lanes {
    private final ServingMetrics metrics;
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();

    Lanes(ServingMetrics metrics) {
        this.metrics = metrics;
    }

    /** The queue in front of an endpoint that is ready; that of an earlier process is closed. */
    Lane of(Endpoint endpoint) {
        return lanes.compute(endpoint.name(), (name, lane) -> {
            if (lane != null && lane.endpoint().samePlace(endpoint)) {
                return lane;
            }
            if (lane != null) {
                lane.close();
            }
            return new Lane(endpoint, metrics.of(name));
        });
    }

    void drop(String name) {
        Lane lane = lanes.remove(name);
        if (lane != null) {
            lane.close();
        }
        metrics.forget(name);
    }

    @EventListener
    void on(ContextClosedEvent event) {
        lanes.values().forEach(Lane::close);
    }
}
