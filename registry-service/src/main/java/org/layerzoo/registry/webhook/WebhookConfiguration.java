package org.layerzoo.registry.webhook;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WebhookSettings.class)
class WebhookConfiguration {
    @Bean
    RecurringTask<Void> cleanDeliveries(Deliveries deliveries) {
        return Tasks.recurring("clean-webhook-deliveries", FixedDelay.of(Duration.ofHours(1)))
                .execute((instance, context) -> deliveries.clean());
    }
}
