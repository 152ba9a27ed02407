package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Where a job's files go. */
record OutputFolder(Path folder) {
    /** @throws CommandFailure exit 3 when it cannot be made */
    static OutputFolder create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("--out: the folder " + folder + " cannot be made: " + e, e);
        }
        return new OutputFolder(folder.toAbsolutePath().normalize());
    }

    /** Copies the files of a job and names them in the document. */
    void take(List<Path> files, ObjectNode document) {
        var names = document.putArray("files");
        for (Path file : files) {
            Path to = folder.resolve(file.getFileName().toString());
            Jobs.deliver(file, to);
            names.add(to.toString());
        }
    }

    void write(String name, JsonNode document) {
        Path file = folder.resolve(name);
        try {
            Files.write(file, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(document));
        } catch (IOException e) {
            throw CommandFailure.cannotRun("cannot write " + file + ": " + e, e);
        }
    }
}
