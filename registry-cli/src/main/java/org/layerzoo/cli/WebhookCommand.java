package org.layerzoo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Webhooks of a registry: without an option they are listed. */
@Command(
        name = "webhook",
        description =
                "Have a registry's changes told to an address; without an option, list who is told (scope admin).")
final class WebhookCommand extends RemoteCommand {
    private static final String HOOKS = "/api/v1/webhooks";

    @Option(names = "--add", paramLabel = "URL", description = "tell this address; prints the secret of the signatures")
    Optional<String> add = Optional.empty();

    @Option(
            names = "--event",
            paramLabel = "E",
            split = ",",
            description = "with --add: what to tell, such as version.publish or job.* (default: all)")
    List<String> events = new ArrayList<>();

    @Option(names = "--remove", paramLabel = "ID", description = "tell it no more")
    Optional<String> remove = Optional.empty();

    @Option(names = "--ping", paramLabel = "ID", description = "send it an event 'ping'")
    Optional<String> ping = Optional.empty();

    @Parameters(arity = "0..1", paramLabel = "ID", description = "show what was sent to this webhook")
    Optional<String> history = Optional.empty();

    @Override
    int call(RemoteRegistry registry) {
        long asked = List.of(add, remove, ping, history).stream()
                .filter(Optional::isPresent)
                .count();
        if (asked > 1 || add.isEmpty() && !events.isEmpty()) {
            throw CommandFailure.badInput(
                    "expected one of --add URL (with --event), --remove ID, --ping ID or ID, given several");
        }
        if (add.isPresent()) {
            return added(registry, add.get());
        }
        if (remove.isPresent()) {
            registry.delete(path(remove.get()));
            err().println("zoo: webhook " + remove.get() + " is gone");
            return 0;
        }
        if (ping.isPresent()) {
            return sent(registry.post(path(ping.get()) + "/ping", object()));
        }
        return history.map(id -> history(registry, id)).orElseGet(() -> list(registry));
    }

    private static String path(String id) {
        return HOOKS + "/" + RemoteRegistry.encoded(id);
    }

    private int added(RemoteRegistry registry, String url) {
        ObjectNode wanted = object().put("url", url);
        events.forEach(wanted.putArray("events")::add);
        JsonNode made = registry.post(HOOKS, wanted);
        if (zoo.json) {
            print(made);
        } else {
            out().println(made.at("/webhook/id").asString());
            out().println("secret (shown only now): " + made.path("secret").asString());
        }
        return 0;
    }

    private int sent(JsonNode delivery) {
        if (zoo.json) {
            print(delivery);
        } else {
            out().println("delivery " + delivery.path("id").asString());
        }
        return 0;
    }

    private int list(RemoteRegistry registry) {
        Table table = new Table("ID", "URL", "EVENTS", "LAST");
        List<JsonNode> hooks = registry.all(HOOKS);
        hooks.forEach(hook -> table.row(
                text(hook, "id"),
                text(hook, "url"),
                hook.path("events").isEmpty() ? "all" : String.join(",", ListCommand.texts(hook.path("events"))),
                hook.path("lastState").asString("")));
        return shown(hooks, table);
    }

    private int history(RemoteRegistry registry, String id) {
        Table table = new Table("CREATED", "EVENT", "STATE", "ATTEMPTS", "STATUS", "PROBLEM");
        List<JsonNode> deliveries = registry.all(path(id) + "/deliveries");
        deliveries.forEach(delivery -> table.row(
                text(delivery, "createdAt"),
                text(delivery, "event"),
                text(delivery, "state"),
                delivery.path("attempts").asString(),
                delivery.path("status").asString(""),
                delivery.path("problem").asString("")));
        return shown(deliveries, table);
    }

    private int shown(List<JsonNode> items, Table table) {
        if (zoo.json) {
            ArrayNode all = Configs.mapper().createArrayNode();
            items.forEach(all::add);
            print(all);
        } else {
            table.print(out());
        }
        return 0;
    }

    private static String text(JsonNode node, String name) {
        return ListCommand.text(node, name);
    }
}
