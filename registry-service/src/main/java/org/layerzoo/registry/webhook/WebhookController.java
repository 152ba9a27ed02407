package org.layerzoo.registry.webhook;

import java.net.URI;
import java.util.UUID;
import org.layerzoo.registry.api.NewWebhook;
import org.layerzoo.registry.api.Webhook;
import org.layerzoo.registry.api.WebhookDelivery;
import org.layerzoo.registry.api.WebhookDeliveryPage;
import org.layerzoo.registry.api.WebhookPage;
import org.layerzoo.registry.api.WebhookRequest;
import org.layerzoo.registry.api.WebhooksApi;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class WebhookController implements WebhooksApi {
    private final Webhooks webhooks;

    WebhookController(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    @Override
    public ResponseEntity<NewWebhook> createWebhook(WebhookRequest wanted) {
        NewWebhook made = webhooks.create(wanted);
        return ResponseEntity.created(
                        URI.create("/api/v1/webhooks/" + made.getWebhook().getId()))
                .body(made);
    }

    @Override
    public ResponseEntity<WebhookPage> listWebhooks(Integer page, Integer size) {
        return ResponseEntity.ok(webhooks.list(page, size));
    }

    @Override
    public ResponseEntity<Webhook> getWebhook(UUID id) {
        return ResponseEntity.ok(webhooks.get(id));
    }

    @Override
    public ResponseEntity<Void> deleteWebhook(UUID id) {
        webhooks.delete(id);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<WebhookDelivery> pingWebhook(UUID id) {
        return ResponseEntity.accepted().body(webhooks.ping(id));
    }

    @Override
    public ResponseEntity<WebhookDeliveryPage> listDeliveries(UUID id, Integer page, Integer size) {
        return ResponseEntity.ok(webhooks.deliveries(id, page, size));
    }

    @Override
    public ResponseEntity<WebhookDelivery> redeliver(UUID id, UUID delivery) {
        return ResponseEntity.accepted().body(webhooks.redeliver(id, delivery));
    }
}
