package org.layerzoo.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How a plugin is configured. */
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE.json", description = "configuration")
    Optional<Path> file = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one option of the configuration; repeatable; dots reach nested ones")
    Map<String, String> set = new LinkedHashMap<>();

    /** @throws ZooException BAD_FILE or UNREADABLE when the file holds no JSON */
    void into(ObjectNode job) {
        file.ifPresent(f -> job.set("config", read(f)));
        if (!set.isEmpty()) {
            ObjectNode options = job.putObject("set");
            set.forEach(options::put);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return Configs.parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ZooException(ErrorCode.BAD_FILE, "no file " + file, e);
        } catch (MalformedInputException e) {
            throw new ZooException(ErrorCode.BAD_FILE, file + " is no text in UTF-8", e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e, e);
        } catch (ZooException e) {
            throw new ZooException(e.code(), file + ": " + e.getMessage(), e);
        }
    }
}
