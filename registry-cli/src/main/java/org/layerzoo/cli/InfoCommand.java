package org.layerzoo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.Cards;
import org.layerzoo.core.spi.PaperCard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A plugin's card. */
@Command(
        name = "info",
        description = "Show a plugin: paper, mechanism, options, parameters, modes, levels of proof, claims.")
final class InfoCommand extends LocalCommand {
    @Parameters(paramLabel = "ID[@VERSION]", description = "the plugin")
    String id = "";

    @Override
    public Integer call() {
        try (Plugins plugins = plugins()) {
            JarLayout jar = jar(plugins, id);
            PaperCard card = card(jar);
            ObjectNode document = document(jar, card);
            if (zoo.json) {
                print(document);
            } else {
                new CardText(document, card).print(out());
            }
        }
        return 0;
    }

    static PaperCard card(JarLayout jar) {
        try (JarFile f = new JarFile(jar.file().toFile());
                InputStream in = f.getInputStream(f.getEntry("card.yaml"))) {
            return Cards.read(jar.file().toString(), in);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + jar.file() + ": " + e.getMessage(), e);
        }
    }

    /** plugin.json without its digests, and what only this machine and the card know. */
    private static ObjectNode document(JarLayout jar, PaperCard card) {
        ObjectNode o = ((ObjectNode) jar.description().orElseThrow()).deepCopy();
        o.remove(List.of("entries", "format"));
        o.put("version", jar.shownVersion())
                .put("source", "local")
                .put("file", jar.file().toString())
                .put("sha256", jar.sha256());
        card.authors().forEach(o.putArray("authors")::add);
        o.put("reference", card.reference()).put("mechanism", card.mechanism()).put("notes", card.notes());
        o.putObject("complexity")
                .put("time", card.complexity().time())
                .put("memory", card.complexity().memory())
                .put("state", card.complexity().state());
        ClaimStore found = new ClaimStore(ZooHome.folder());
        o.path("claims").forEach(c -> found.finding(
                        jar.sha256(), jar.id() + "/" + c.path("id").asString())
                .ifPresent(f -> ((ObjectNode) c).put("verdict", f.verdict()).put("here", f.here())));
        LevelStore store = new LevelStore(ZooHome.folder());
        o.setAll(store.read(jar.sha256()));
        JsonNode reasons = store.stored(jar.sha256()).path("reasons");
        if (reasons.isObject()) {
            o.set("reasons", reasons);
        }
        return o;
    }

    static String list(JsonNode values) {
        return values.valueStream().map(v -> v.asString("")).collect(Collectors.joining(", "));
    }
}
