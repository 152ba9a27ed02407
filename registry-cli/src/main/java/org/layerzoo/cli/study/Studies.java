package org.layerzoo.cli.study;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;

/** The studies there are, in the order of the page. */
public final class Studies {
    private Studies() {}

    public static List<Study> all() {
        return List.of(new RecallStudy(plan("recall")), new ScalingStudy());
    }

    public static Optional<Study> find(String name) {
        return all().stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** A study's declaration, the resource {@code NAME.json} of this package. */
    static JsonNode plan(String name) {
        try (InputStream in = Studies.class.getResourceAsStream(name + ".json")) {
            return Configs.mapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
