package org.layerzoo.registry.publish;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Duration;
import org.layerzoo.registry.artifact.Orphans;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(UploadSettings.class)
class PublishConfiguration {
    @Bean
    RecurringTask<Void> judgePublications(Verdicts verdicts) {
        return Tasks.recurring("judge-publications", FixedDelay.of(Duration.ofSeconds(1)))
                .execute((instance, context) -> verdicts.judgeAll());
    }

    @Bean
    RecurringTask<Void> collectOrphans(Orphans orphans) {
        return Tasks.recurring("collect-orphans", FixedDelay.of(Duration.ofMinutes(10)))
                .execute((instance, context) -> orphans.collect());
    }

    @Bean
    RecurringTask<Void> tidyArtifacts(Orphans orphans) {
        return Tasks.recurring("tidy-artifacts", FixedDelay.of(Duration.ofHours(6)))
                .execute((instance, context) -> orphans.tidy());
    }
}
