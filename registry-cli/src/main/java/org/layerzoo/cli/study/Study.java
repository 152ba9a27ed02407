package org.layerzoo.cli.study;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A declared experiment whose results are kept as data: {@code zoo study NAME} does its parts one after the other, writes {@code NAME.json}
 * after every finished row and renders the page of all studies from those files.
 *
 * <p>To add one: put its declaration beside this class as {@code NAME.json} (a resource), implement this interface, and name it in
 * {@link Studies#all()}. {@link #parts()} says which jobs of the runner give the rows, {@link #rows} turns a job's result into rows (or the
 * job announces them itself as {@code {"row": {..}}} while it goes on), {@link #section} writes the page's section from the document
 * alone, with {@link Plot} where it plots. Resuming, {@code --only}, cancelling, atomic writes and the page's frame come with it.
 *
 * <p>The document: {@code {"schema", "study", "title", "command", "date", "environment", "plan", "plugins": {id: version}, "rows": [{"key", "id",
 * ..., "refused"}], "notRun": [key]}}.
 */
public interface Study {
    /** As the command line and the file are called. */
    String name();

    /** Headline of its section. */
    String title();

    /** The declaration, kept in the document so that a figure says how it came to be. */
    JsonNode plan();

    /** In the order in which they run. */
    List<Part> parts();

    /** Rows that a part's job ended with; each has {@code key} and {@code id}. */
    List<ObjectNode> rows(Part part, JsonNode result);

    /** Why a row has no figure, if it has none; such rows are named by the command and run again when the study is resumed. */
    default Optional<String> refused(JsonNode row) {
        return Optional.of(row.path("refused")).filter(JsonNode::isString).map(JsonNode::asString);
    }

    /** The page's section from a document, without its headline; pictures are files beside the page. */
    Section section(JsonNode document);

    /**
     * One job.
     *
     * @param id plugin that it is about
     * @param plugins others that it loads
     * @param job kind of the runner's job
     * @param spec the job's; keys of rows that are there already are taken out of {@code rows} where it has such a list
     * @param keys of the rows that it gives
     * @param seconds after which it is ended
     */
    record Part(String id, List<String> plugins, String job, ObjectNode spec, List<String> keys, long seconds) {
        public Part {
            plugins = List.copyOf(plugins);
            keys = List.copyOf(keys);
        }
    }

    /** Markdown, and pictures by file name. */
    record Section(String markdown, List<Picture> pictures) {}

    /** A file beside the page. */
    record Picture(String file, String svg) {}
}
