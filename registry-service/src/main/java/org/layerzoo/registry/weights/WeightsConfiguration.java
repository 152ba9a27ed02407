package org.layerzoo.registry.weights;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WeightsSettings.class)
class WeightsConfiguration {
    @Bean
    RecurringTask<Void> expireUploads(WeightsUploads uploads) {
        return Tasks.recurring("expire-weights-uploads", FixedDelay.of(Duration.ofMinutes(1)))
                .execute((instance, context) -> uploads.expire());
    }
}
