package org.layerzoo.registry.job;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What has to be done again and again, once for all services on a database. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(JobSettings.class)
class JobConfiguration {
    @Bean
    RecurringTask<Void> reapLeases(Leases leases) {
        return Tasks.recurring("reap-leases", FixedDelay.of(Duration.ofSeconds(1)))
                .execute((instance, context) -> leases.reap());
    }

    @Bean
    RecurringTask<Void> proveNewJars(BackgroundVerification verification) {
        return Tasks.recurring("prove-new-jars", FixedDelay.of(Duration.ofSeconds(2)))
                .execute((instance, context) -> verification.ask());
    }

    /** Logs of finished jobs are kept for 90 days, expired secrets not at all. */
    @Bean
    RecurringTask<Void> clean(JdbcClient jdbc) {
        return Tasks.recurring("clean", FixedDelay.of(Duration.ofHours(1))).execute((instance, context) -> {
            jdbc.sql("delete from session_code where expires_at <= now()").update();
            jdbc.sql("delete from session where expires_at <= now()").update();
            jdbc.sql(
                            "delete from job_log where job_id in (select id from job where finished_at < now() - interval '90 days')")
                    .update();
        });
    }
}
