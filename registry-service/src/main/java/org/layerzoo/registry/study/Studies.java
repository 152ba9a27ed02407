package org.layerzoo.registry.study;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.api.StudySummary;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The results of studies as {@code zoo study} wrote them, from the resources that the build took out of docs/results. */
@Component
class Studies {
    private static final String PLACE = "classpath*:studies/*.json";
    private static final String NOT_MEASURED = "not measured yet";

    private final SortedMap<String, Study> byName = new TreeMap<>();

    Studies(JsonMapper json) throws IOException {
        for (Resource file : new PathMatchingResourcePatternResolver().getResources(PLACE)) {
            String name = Objects.requireNonNull(file.getFilename()).replaceFirst("\\.json$", "");
            byte[] content = file.getContentAsByteArray();
            byName.put(name, new Study(summary(name, content, json.readTree(content)), content));
        }
    }

    /** A document with what the list says of it. */
    record Study(StudySummary summary, byte[] content) {}

    /** All of them, by name. */
    List<StudySummary> summaries() {
        return byName.values().stream().map(Study::summary).toList();
    }

    /** @throws ProblemException study-unknown */
    Study study(String name) {
        Study found = byName.get(name);
        if (found == null) {
            throw new ProblemException(
                    ProblemCode.STUDY_UNKNOWN, "expected one of " + byName.keySet() + ", given '" + name + "'");
        }
        return found;
    }

    private static StudySummary summary(String name, byte[] content, JsonNode document) {
        JsonNode claims = document.path("claims");
        long open = claims.valueStream()
                        .filter(claim -> claim.path("verdict").asString("").equals(NOT_MEASURED))
                        .count()
                + document.path("notRun").size();
        String date = document.path("runs")
                .valueStream()
                .map(run -> run.path("date").asString(""))
                .max(String::compareTo)
                .orElseGet(() -> document.path("date").asString(""));
        int rows = claims.size() + document.path("rows").size();
        return new StudySummary(
                name, "./zoo study " + name, date, rows, (int) open, (long) content.length, Digests.sha256(content));
    }
}
