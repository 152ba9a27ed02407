package org.layerzoo.registry.job;

import java.util.List;
import org.layerzoo.registry.Options;
import org.layerzoo.registry.api.BenchmarkRequest;
import org.layerzoo.registry.api.PluginRef;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.CatalogChanged;
import org.layerzoo.registry.web.ProblemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Asks, on an empty database, the question the zoo is for: softmax, delta rule and Mamba at growing length. */
@Component
class FirstComparison {
    private static final Logger LOG = LoggerFactory.getLogger(FirstComparison.class);
    static final List<String> PLUGINS = List.of("flash-attention-2", "deltanet", "mamba");
    static final List<Integer> LENGTHS = List.of(512, 1024, 2048, 4096);

    private final Options options;
    private final Catalog catalog;
    private final Requests requests;
    private final Jobs jobs;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    FirstComparison(
            Options options,
            Catalog catalog,
            Requests requests,
            Jobs jobs,
            JdbcClient jdbc,
            TransactionTemplate transaction) {
        this.options = options;
        this.catalog = catalog;
        this.requests = requests;
        this.jobs = jobs;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    @EventListener
    void on(CatalogChanged event) {
        List<String> present = options.demo() ? catalog.presentOf(PLUGINS) : List.of();
        if (present.isEmpty()) {
            return;
        }
        var wanted = new BenchmarkRequest(present.stream().map(PluginRef::new).toList())
                .lengths(LENGTHS)
                .unit("core");
        try {
            var request = requests.benchmark(wanted);
            transaction.executeWithoutResult(status -> {
                if (first()) {
                    LOG.info(
                            "the database is empty: the first comparison is job {}",
                            jobs.create(request).getId());
                }
            });
        } catch (ProblemException e) {
            LOG.warn("there is no first comparison: {}", e.getMessage());
        }
    }

    /** Whether no one has asked before; at most one service of those that start together gets a yes. */
    private boolean first() {
        return jdbc.sql(
                                "insert into installation (name, value) select 'first-comparison', 'asked'"
                                        + " where not exists (select 1 from job where priority >= 0) on conflict (name) do nothing")
                        .update()
                == 1;
    }
}
