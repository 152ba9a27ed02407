package org.layerzoo.cli.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.config.Configs;
import org.w3c.dom.Element;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ResultsPageTest {
    private static final Path RESULTS = Path.of(System.getProperty("zoo.root", ".."))
            .toAbsolutePath()
            .normalize()
            .resolve("docs/results");

    @Test
    void theCheckedInPageIsWhatItsDataRenderTo() throws IOException {
        Map<String, String> rendered = ResultsPage.of(RESULTS);
        for (Map.Entry<String, String> e : rendered.entrySet()) {
            assertEquals(e.getValue(), Files.readString(RESULTS.resolve(e.getKey())), e.getKey());
        }
        try (var files = Files.list(RESULTS)) {
            assertEquals(
                    new TreeSet<>(rendered.keySet()),
                    files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString())
                            .filter(n -> !n.endsWith(".json") && !n.equals("claims.md"))
                            .collect(Collectors.toCollection(TreeSet::new)),
                    "files that no data render to");
        }
    }

    @Test
    void everyFileOfDataBelongsToAStudyAndHoldsARowOrAReasonForEachDeclaredOne() throws IOException {
        for (Study study : Studies.all()) {
            var d = StudyFile.read(RESULTS, study);
            if (d.isPresent()) {
                assertEquals(study.plan(), d.get().path("plan"), study.name() + ": plan");
                assertEquals(
                        study.parts().stream().mapToInt(p -> p.keys().size()).sum(),
                        d.get().path("rows").size() + d.get().path("notRun").size());
            }
        }
        try (var files = Files.list(RESULTS)) {
            files.map(f -> f.getFileName().toString())
                    .filter(n -> n.endsWith(".json") && !n.equals("claims.json"))
                    .forEach(
                            n -> assertTrue(Studies.find(n.replace(".json", "")).isPresent(), n));
        }
    }

    /** 1 ms per 1000 tokens squared against 16 ms per 1000 tokens: they meet at 16,000. */
    @Test
    void aMixerOvertakesWhereTheFittedLinesCross() {
        Study study = new ScalingStudy();
        ObjectNode d = Configs.mapper().createObjectNode();
        d.set("plan", study.plan());
        ArrayNode rows = d.putArray("rows");
        for (String id : java.util.List.of("flash-attention-2", "mamba")) {
            ObjectNode row = rows.addObject().put("key", id).put("id", id);
            ArrayNode lengths = row.putArray("lengths");
            for (int n = 1000; n <= 64000; n *= 2) {
                double k = n / 1000.0;
                lengths.addObject().put("length", n).put("minMs", id.equals("mamba") ? 16 * k : k * k);
            }
            row.put("timeExponent", id.equals("mamba") ? 1.0 : 2.0);
        }
        String page = study.section(d).markdown();
        assertTrue(page.contains("from 16000 |"), page);
    }

    @Test
    void plotsAreWholeXmlWithATitleAndADescription() throws Exception {
        for (Map.Entry<String, String> e : ResultsPage.of(RESULTS).entrySet()) {
            if (e.getKey().endsWith(".svg")) {
                Element svg = DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(e.getValue().getBytes(StandardCharsets.UTF_8)))
                        .getDocumentElement();
                assertEquals("img", svg.getAttribute("role"));
                assertTrue(svg.getElementsByTagName("title")
                                .item(0)
                                .getTextContent()
                                .length()
                        > 5);
                assertTrue(svg.getElementsByTagName("desc")
                                .item(0)
                                .getTextContent()
                                .length()
                        > 40);
                assertTrue(e.getValue().contains("prefers-color-scheme:dark"));
            }
        }
    }
}
