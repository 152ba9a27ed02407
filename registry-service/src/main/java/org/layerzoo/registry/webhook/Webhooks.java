package org.layerzoo.registry.webhook;

import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.NewWebhook;
import org.layerzoo.registry.api.Webhook;
import org.layerzoo.registry.api.WebhookDelivery;
import org.layerzoo.registry.api.WebhookDeliveryPage;
import org.layerzoo.registry.api.WebhookDeliveryState;
import org.layerzoo.registry.api.WebhookEvent;
import org.layerzoo.registry.api.WebhookPage;
import org.layerzoo.registry.api.WebhookRequest;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Who is told of which changes. */
@Service
class Webhooks {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private static final String WITH_LAST = "select w.*, d.state as last_state, d.created_at as last_at from webhook w"
            + " left join lateral (select state, created_at from webhook_delivery where webhook_id = w.id"
            + " order by created_at desc, id limit 1) d on true";

    private final WebhookSettings settings;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final JsonMapper json;

    Webhooks(WebhookSettings settings, AuditLog audit, JdbcClient jdbc, JsonMapper json) {
        this.settings = settings;
        this.audit = audit;
        this.jdbc = jdbc;
        this.json = json;
    }

    @Transactional
    NewWebhook create(WebhookRequest wanted) {
        Destination to = Destination.parse(wanted.getUrl());
        try {
            to.resolve(settings);
        } catch (java.io.IOException e) {
            throw new ProblemException(ProblemCode.ADDRESS_REFUSED, "url: " + e.getMessage());
        }
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        String secret = "whsec_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        UUID id = UUID.randomUUID();
        List<String> events = Optional.ofNullable(wanted.getEvents()).orElse(List.of());
        jdbc.sql(
                        "insert into webhook (id, url, name, events, secret, created_by, created_at) values (?, ?, ?, ?, ?, ?, now())")
                .params(
                        id,
                        wanted.getUrl(),
                        Optional.ofNullable(wanted.getName()).orElse(""),
                        events.toArray(String[]::new),
                        secret,
                        Callers.required().owner())
                .update();
        String facts = shown(to) + " for " + (events.isEmpty() ? "all events" : String.join(", ", events));
        audit.record("webhook.create", "webhook " + id, Optional.empty(), Optional.of(facts), facts);
        return new NewWebhook(get(id), secret);
    }

    /** An address without its query, where some services want a secret. */
    private static String shown(Destination to) {
        String url = to.uri().toString();
        return url.contains("?") ? url.substring(0, url.indexOf('?')) : url;
    }

    @Transactional
    void delete(UUID id) {
        String before = get(id).getUrl();
        jdbc.sql("delete from webhook where id = ?").param(id).update();
        audit.record("webhook.delete", "webhook " + id, Optional.of(before), Optional.empty(), "");
    }

    @Transactional(readOnly = true)
    Webhook get(UUID id) {
        return jdbc.sql(WITH_LAST + " where w.id = ?")
                .param(id)
                .query((row, n) -> webhook(row))
                .optional()
                .orElseThrow(() ->
                        new ProblemException(ProblemCode.WEBHOOK_UNKNOWN, "expected the id of a webhook, given " + id));
    }

    @Transactional(readOnly = true)
    WebhookPage list(int page, int size) {
        var items = jdbc.sql(WITH_LAST + " order by w.created_at desc, w.id limit ? offset ?")
                .params(size, (long) page * size)
                .query((row, n) -> webhook(row))
                .list();
        long total = jdbc.sql("select count(*) from webhook").query(Long.class).single();
        return new WebhookPage(items, page, size, total);
    }

    private static Webhook webhook(ResultSet row) throws SQLException {
        var webhook = new Webhook(
                row.getObject("id", UUID.class),
                row.getString("url"),
                row.getString("name"),
                List.of((String[]) row.getArray("events").getArray()),
                row.getObject("created_at", OffsetDateTime.class),
                row.getString("created_by"));
        Optional.ofNullable(row.getString("last_state")).ifPresent(webhook::lastState);
        Optional.ofNullable(row.getObject("last_at", OffsetDateTime.class)).ifPresent(webhook::lastAt);
        return webhook;
    }

    /** A change has been written down: whoever wants to hear of it will, if the change comes to be. */
    @EventListener
    void tell(AuditLog.Recorded change) {
        var event = new WebhookEvent(
                        change.action(),
                        change.at().atOffset(ZoneOffset.UTC),
                        change.actor(),
                        change.subject(),
                        change.detail())
                .sequence(change.sequence())
                .trace(change.trace());
        String payload = json.writeValueAsString(event);
        jdbc
                .sql("select id, events from webhook")
                .query((row, n) -> Map.entry(row.getObject("id", UUID.class), List.of((String[])
                        row.getArray("events").getArray())))
                .list()
                .stream()
                .filter(hook -> wants(hook.getValue(), change.action()))
                .forEach(hook -> insert(hook.getKey(), change.action(), payload));
    }

    /** Whether {@code job.*} or the like takes an action in; nothing takes in all. */
    static boolean wants(List<String> events, String action) {
        return events.isEmpty()
                || events.stream()
                        .anyMatch(event -> event.equals(action)
                                || event.equals("*")
                                || event.endsWith(".*") && action.startsWith(event.substring(0, event.length() - 1)));
    }

    private UUID insert(UUID webhook, String event, String payload) {
        UUID id = UUID.randomUUID();
        jdbc.sql(
                        "insert into webhook_delivery (id, webhook_id, event, payload, state, attempts, created_at, next_at, problem)"
                                + " values (?, ?, ?, ?, 'pending', 0, now(), now(), '')")
                .params(id, webhook, event, payload)
                .update();
        return id;
    }

    @Transactional
    WebhookDelivery ping(UUID id) {
        get(id);
        var event = new WebhookEvent(
                "ping", OffsetDateTime.now(ZoneOffset.UTC), Callers.required().owner(), "webhook " + id, "");
        return delivery(insert(id, "ping", json.writeValueAsString(event)));
    }

    @Transactional
    WebhookDelivery redeliver(UUID id, UUID delivery) {
        record Sent(String event, String payload) {}
        Sent sent = jdbc.sql("select event, payload from webhook_delivery where id = ? and webhook_id = ?")
                .params(delivery, id)
                .query(Sent.class)
                .optional()
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.DELIVERY_UNKNOWN, "expected a delivery of webhook " + id + ", given " + delivery));
        return delivery(insert(id, sent.event(), sent.payload()));
    }

    private WebhookDelivery delivery(UUID id) {
        return jdbc.sql("select * from webhook_delivery where id = ?")
                .param(id)
                .query((row, n) -> delivery(row))
                .single();
    }

    @Transactional(readOnly = true)
    WebhookDeliveryPage deliveries(UUID id, int page, int size) {
        get(id);
        var items = jdbc.sql(
                        "select * from webhook_delivery where webhook_id = ? order by created_at desc, id limit ? offset ?")
                .params(id, size, (long) page * size)
                .query((row, n) -> delivery(row))
                .list();
        long total = jdbc.sql("select count(*) from webhook_delivery where webhook_id = ?")
                .param(id)
                .query(Long.class)
                .single();
        return new WebhookDeliveryPage(items, page, size, total);
    }

    private WebhookDelivery delivery(ResultSet row) throws SQLException {
        var delivery = new WebhookDelivery(
                row.getObject("id", UUID.class),
                row.getString("event"),
                WebhookDeliveryState.fromValue(row.getString("state")),
                row.getInt("attempts"),
                row.getObject("created_at", OffsetDateTime.class),
                json.readValue(row.getString("payload"), OBJECT));
        Optional.of(row.getString("problem")).filter(text -> !text.isEmpty()).ifPresent(delivery::problem);
        Optional.ofNullable(row.getObject("next_at", OffsetDateTime.class)).ifPresent(delivery::nextAt);
        Optional.ofNullable(row.getObject("finished_at", OffsetDateTime.class)).ifPresent(delivery::finishedAt);
        Optional.ofNullable(row.getObject("status", Integer.class)).ifPresent(delivery::status);
        Optional.ofNullable(row.getObject("millis", Long.class)).ifPresent(delivery::millis);
        return delivery;
    }
}
