package org.layerzoo.cli.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/** The page of all studies whose data lie in a folder: README.md and one SVG file a plot, written from the data alone. */
public final class ResultsPage {
    private static final String FRAME = """
        # Results

        Written by `zoo study` from the JSON files beside this page, which hold every figure with the command, the machine and the plan
        that it came from. `./zoo study NAME` measures anew, `--resume` does what is missing, `--render` writes this page alone.
        What the papers claim, with the verdicts, is in [claims.md](claims.md), from `./zoo study claims`.
        """;

    private ResultsPage() {}

    /** Page and plots by file name. */
    public static SequencedMap<String, String> of(Path folder) throws IOException {
        SequencedMap<String, String> files = new LinkedHashMap<>();
        StringBuilder page = new StringBuilder(FRAME);
        for (Study study : Studies.all()) {
            Optional<JsonNode> document = StudyFile.read(folder, study);
            if (document.isPresent()) {
                Study.Section section = study.section(document.get());
                page.append("\n## ").append(study.title()).append("\n\n").append(section.markdown());
                page.append('\n').append(origin(document.get()));
                section.pictures().forEach(p -> files.put(p.file(), p.svg()));
            }
        }
        files.putFirst("README.md", page.toString());
        return files;
    }

    /** Writes what {@link #of} gives. */
    public static List<Path> write(Path folder) throws IOException {
        List<Path> written = new ArrayList<>();
        for (Map.Entry<String, String> e : of(folder).entrySet()) {
            written.add(Files.writeString(folder.resolve(e.getKey()), e.getValue()));
        }
        return written;
    }

    private static String origin(JsonNode d) {
        JsonNode e = d.path("environment");
        List<String> ids = d.path("notRun")
                .valueStream()
                .map(k -> "`" + k.asString().split("[ ,]")[0] + "`")
                .distinct()
                .toList();
        String missing = ids.isEmpty()
                ? ""
                : " Declared and not run yet, to be done by `--resume`: "
                        + d.path("notRun").size() + " rows, of " + String.join(", ", ids) + ".";
        String load = e.path("loadAverage").isNumber()
                ? ", load average at the end " + e.path("loadAverage").asString()
                : "";
        return "`" + d.path("command").asString() + "`, " + d.path("date").asString() + ", "
                + e.path("cpu").asString() + ", " + e.path("threads").asInt() + " of "
                + e.path("cores").asInt() + " cores, JDK " + e.path("jdk").asString() + load + ", [data]("
                + d.path("study").asString() + ".json)." + missing + "\n";
    }
}
