package org.layerzoo.registry.reliability;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.layerzoo.registry.Client;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends requests made from the contract, every second one with something wrong, and says what is wrong with the answers. */
final class Fuzzer {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** Any request may be answered so, whatever its operation: it is malformed, too large, too often, or by nobody. */
    private static final Set<Integer> GENERAL = Set.of(400, 401, 403, 405, 406, 413, 415, 429);

    /** The protocol's own answer for a model that was deployed and that no runner hosts, as none does here. */
    private static final int NOT_HOSTED = 503;

    private static final List<String> PLUGINS = List.of("fuzz-a", "fuzz-b", "fuzz-a%2Fprobe", "no-such");
    private static final List<String> STUDIES = List.of("recall", "scaling", "claims", "no-such");

    private final Contract contract;
    private final Random random;
    private final Generator generator;
    private final String base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    /** What the service made when it was asked to, by the segment of the path before its name, such as {@code tokens}. */
    private final Map<String, List<String>> made = new HashMap<>();

    private final SortedMap<String, Integer> answers = new TreeMap<>();

    Fuzzer(Contract contract, Random random, String base) {
        this.contract = contract;
        this.random = random;
        this.generator = new Generator(contract, random);
        this.base = base;
    }

    List<String> ask(Contract.Operation operation, Client caller) throws InterruptedException {
        boolean mutated = random.nextBoolean();
        String path = path(operation, mutated);
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
        } catch (IllegalArgumentException e) {
            return List.of(); // what is no address cannot be sent
        }
        caller.headers().forEach(request::setHeader);
        String body = body(operation, mutated, request);
        try {
            var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            answers.merge(named(answer.statusCode()), 1, Integer::sum);
            return faults(operation, answer).stream()
                    .map(fault -> operation + ": " + fault + " (" + cut(path) + " " + cut(body) + ")")
                    .toList();
        } catch (java.io.IOException e) {
            return List.of(operation + ": " + e + " (" + cut(path) + " " + cut(body) + ")");
        }
    }

    /** How many answers there were, by the first digit of their status. */
    SortedMap<String, Integer> answers() {
        return answers;
    }

    private static String named(int status) {
        return status == NOT_HOSTED ? "503 of models that no runner hosts" : status / 100 + "xx";
    }

    private static String cut(String text) {
        return text.length() < 300 ? text : text.substring(0, 300) + "...";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String path(Contract.Operation operation, boolean mutated) {
        String path = operation.path();
        List<String> query = new ArrayList<>();
        for (JsonNode parameter : operation.parameters()) {
            String name = parameter.path("name").asString();
            boolean wrong = mutated && random.nextInt(3) == 0;
            if (parameter.path("in").asString().equals("path")) {
                path = path.replace("{" + name + "}", wrong ? pathText() : segment(operation, name, parameter));
            } else if (parameter.path("in").asString().equals("query")
                    && (parameter.path("required").asBoolean() || random.nextInt(3) == 0)
                    && !name.equals("wait")) {
                JsonNode value = generator.value(name, parameter.path("schema"), 0);
                query.add(name + "=" + encoded(wrong ? generator.anyText() : value.asString()));
            }
        }
        String waits = operation.path().contains("/matrix") ? "wait=0" : "";
        query.add(waits);
        query.removeIf(String::isEmpty);
        return path + (query.isEmpty() ? "" : "?" + String.join("&", query));
    }

    private String pathText() {
        String text = generator.anyText();
        return encoded(text.length() > 3000 ? text.substring(0, 3000) : text);
    }

    private String segment(Contract.Operation operation, String name, JsonNode parameter) {
        if (operation.path().startsWith("/api/v1/plugins") && name.equals("id")) {
            return PLUGINS.get(random.nextInt(PLUGINS.size()));
        }
        if (operation.path().startsWith("/api/v1/studies")) {
            return STUDIES.get(random.nextInt(STUDIES.size()));
        }
        if (name.equals("version")) {
            return random.nextBoolean() ? "latest" : "0.1.0";
        }
        List<String> known = made.getOrDefault(before(operation.path(), "{" + name + "}"), List.of());
        if (!known.isEmpty() && !operation.path().endsWith("/events") && random.nextInt(4) > 0) {
            return encoded(known.get(random.nextInt(known.size())));
        }
        String text = encoded(generator.value(name, parameter.path("schema"), 0).asString());
        return text.isEmpty() || text.startsWith(".") ? "x" : text;
    }

    /** The segment of a path before another: {@code tokens} before {@code {id}} in {@code /api/v1/tokens/{id}}. */
    private static String before(String path, String segment) {
        List<String> segments = List.of(path.split("/"));
        return segments.get(segments.indexOf(segment) - 1);
    }

    /** Remembers what was made under the segment at which it is asked for; lists are not, since they name the callers' own tokens. */
    private void remember(Contract.Operation operation, JsonNode value) {
        if (value.has("kind") && value.has("spec")) {
            Stream.of("jobs", "benchmarks").forEach(under -> remember(under, value.path("id")));
        } else if (operation.method().equals("POST")) {
            String under = operation.path().substring(operation.path().lastIndexOf('/') + 1);
            Stream.of(value.at("/upload/id"), value.path("id"), value.path("name"), value.path("sha256"))
                    .filter(JsonNode::isString)
                    .findFirst()
                    .ifPresent(id -> remember(under, id));
        }
    }

    private void remember(String under, JsonNode id) {
        made.computeIfAbsent(under, u -> new ArrayList<>()).add(id.asString());
    }

    /** Sets method and body, and answers the body as text. */
    private String body(Contract.Operation operation, boolean mutated, HttpRequest.Builder request) {
        Optional<JsonNode> content = operation.body().map(body -> body.path("content"));
        String text = "";
        if (content.isPresent() && content.get().has("application/json")) {
            JsonNode made =
                    generator.value("", content.get().path("application/json").path("schema"), 0);
            text = (mutated ? generator.mutate(made) : made).toString();
            if (mutated && random.nextInt(10) == 0) {
                text = text.substring(0, text.length() / 2);
            }
            request.setHeader("Content-Type", random.nextInt(40) == 0 ? "text/plain" : "application/json");
        } else if (content.isPresent()) {
            boolean form = content.get().has("multipart/form-data");
            text = form ? form() : generator.anyText();
            request.setHeader("Content-Type", form ? "multipart/form-data; boundary=fuzz" : "application/octet-stream");
        }
        request.method(operation.method(), text.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(text));
        return text;
    }

    private String form() {
        var text = new StringBuilder();
        for (String part : List.of("artifact", "signature", "other")) {
            if (random.nextInt(3) > 0) {
                text.append("--fuzz\r\nContent-Disposition: form-data; name=\"" + part + "\"; filename=\"f\"\r\n\r\n")
                        .append(generator.anyText())
                        .append("\r\n");
            }
        }
        return text.append(random.nextInt(5) == 0 ? "" : "--fuzz--\r\n").toString();
    }

    private List<String> faults(Contract.Operation operation, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        JsonNode declared = operation.responses().path(Integer.toString(status));
        if (status >= 500 && !(status == NOT_HOSTED && operation.serving())) {
            return List.of("answered " + status + " " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        if (declared.isMissingNode() && !GENERAL.contains(status)) {
            return List.of("answered " + status + ", which is not documented");
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").split(";")[0];
        if (status >= 400) {
            return error(operation, answer, type);
        }
        JsonNode content = contract.resolve(declared).path("content");
        if (content.isMissingNode() || answer.body().length == 0) {
            return content.isMissingNode() && answer.body().length > 0 ? List.of(status + " has a body") : List.of();
        }
        if (!content.has(type)) {
            return List.of(status + " is of type " + type + ", which is not documented");
        }
        return type.equals("application/json")
                ? json(operation, content.path(type).path("schema"), answer.body(), status)
                : List.of();
    }

    private List<String> error(Contract.Operation operation, HttpResponse<byte[]> answer, String type) {
        boolean protocol = operation.serving();
        if (protocol && answer.body().length == 0 && operation.path().endsWith("/ready")) {
            return List.of();
        }
        if (!type.equals("application/problem+json") && !(protocol && type.equals("application/json"))) {
            return List.of(answer.statusCode() + " is of type '" + type + "' and no problem document");
        }
        return json(
                operation,
                contract.schema(type.endsWith("problem+json") ? "Problem" : "InferenceFailure"),
                answer.body(),
                answer.statusCode());
    }

    private List<String> json(Contract.Operation operation, JsonNode schema, byte[] body, int status) {
        try {
            JsonNode value = JSON.readTree(body);
            if (status < 300) {
                remember(operation, value);
            }
            return contract.faults(schema, value).stream()
                    .limit(3)
                    .map(fault -> status + ": " + fault)
                    .toList();
        } catch (JacksonException e) {
            return List.of(status + " is no JSON");
        }
    }
}
