package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;

class ClaimsStudyTest {
    private static final String CLAIM = "rala/claim-1";

    @TempDir
    Path folder;

    @Test
    void aStudyMeasuresWhatIsMissingAndGoesOnFromItsRecords() throws IOException {
        Cli.Said first = study(CLAIM);
        assertEquals(0, first.exit(), first.err());
        assertTrue(first.err().contains("zoo probe rala/rank"), first.err());
        JsonNode row = row(CLAIM);
        assertEquals("holds", row.path("verdict").asString());
        assertTrue(Files.readString(folder.resolve("claims.md"))
                .contains(row.path("here").asString()));
        assertEquals("not measured yet", row("mamba/claim-1").path("verdict").asString());
        Cli.Said second = study(CLAIM);
        assertEquals(0, second.exit(), second.err());
        assertTrue(!second.err().contains("zoo probe"), second.err());
    }

    @Test
    void aClaimThatIsNoneIsBadInput() {
        Cli.Said said = study("mamba/claim-9");
        assertEquals(2, said.exit());
        assertTrue(said.err().contains("given 'mamba/claim-9'"), said.err());
    }

    private Cli.Said study(String only) {
        return Cli.in(folder)
                .run("study", "claims", "--resume", "--out", folder.toString(), "--threads", "1", "--only", only);
    }

    private JsonNode row(String id) throws IOException {
        return Configs.mapper()
                .readTree(Files.readAllBytes(folder.resolve("claims.json")))
                .path("claims")
                .valueStream()
                .filter(c -> c.path("id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
