package org.layerzoo.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.report.draw.Figures;
import org.layerzoo.report.draw.Picture;
import tools.jackson.databind.JsonNode;

class ReportTest {
    private static final double[] NONE = {};
    private static final double[][][] IMAGE = {{{0}, {0.5}}, {{1}, {1}}};
    private static final Block.Line QUADRATIC = new Block.Line(
            "softmax",
            new double[] {256, 512, 1024, 4096},
            new double[] {1, 4, 16, 256},
            new double[] {0.9, 3, 14, 200},
            new double[] {1.1, 5, 18, 300},
            2.0);
    private static final Block.Line LINEAR = new Block.Line(
            "mamba", new double[] {256, 512, 1024, 4096}, new double[] {2, 4, Double.NaN, 32}, NONE, NONE, Double.NaN);

    /** One block of every kind. */
    private static List<Block> all() {
        return List.of(
                new Block.Scalar("accuracy", 0.53125, "", "54.39"),
                new Block.Table(
                        "Scores",
                        List.of("model", "listops"),
                        List.of(List.of("a, b", "36.37"), List.of("say \"x\"", "FAIL"))),
                new Block.Curves("Time against length", "tokens", "ms", true, true, List.of(QUADRATIC, LINEAR)),
                new Block.HeatMap(
                        "Attention", "key", "query", List.of("q0", "q1"), List.of("k0", "k1"), new double[][] {
                            {0, 1}, {0.25, Double.NaN}
                        }),
                new Block.ImageStrip("Digits", List.of("one"), java.util.Collections.singletonList(IMAGE)),
                new Block.Overlay(
                        "Found",
                        IMAGE,
                        new int[][] {{1, 0}, {0, 2}},
                        List.of(new double[] {0, 0, 1, 1}),
                        List.of("box")),
                new Block.FilmStrip("Frames", List.of(IMAGE, IMAGE), 2),
                new Block.Spectrogram("Sound", new double[][] {{0, 1, 2}}, 0.01, List.of()),
                new Block.Mesh(
                        "Cube", List.of(new double[] {0, 0, 0}, new double[] {1, 1, 1}), List.of(new int[] {0, 1})),
                new Block.Graph("Circuit", List.of("a", "b"), List.of(new int[] {0, 1}), new double[] {-2}),
                new Block.Spans("Text", List.of(new Block.Span("the ", "", 0), new Block.Span("needle", "found", 1))),
                new Block.Trajectory("Path", List.of(LINEAR)),
                new Block.Timeline(
                        "Ranks", "steps", List.of(new Block.Bar(0, 0, 2, "compute"), new Block.Bar(1, 1, 3, "send"))),
                new Block.Scatter(
                        "Pareto", "ms", "accuracy", List.of("x", "y"), new double[] {1, 2}, new double[] {3, 4}));
    }

    @Test
    void everyKindOfBlockHasPicturePlainTextAndRows() {
        Set<Class<?>> kinds = new HashSet<>();
        for (Block b : all()) {
            kinds.add(b.getClass());
            Picture p = Figures.of(b);
            Set<Integer> colours = new HashSet<>();
            for (int y = 0; y < p.height(); y++) {
                for (int x = 0; x < p.width(); x++) {
                    colours.add(p.get(x, y));
                }
            }
            assertTrue(colours.size() > 1, b.title() + " is blank");
            assertTrue(BlockText.of(b).startsWith(b.title()), BlockText.of(b));
            assertTrue(BlockCsv.of(b).lines().count() >= 2, BlockCsv.of(b));
        }
        assertEquals(Block.class.getPermittedSubclasses().length, kinds.size());
    }

    @Test
    void aPngHoldsThePixelsDrawn() throws Exception {
        Picture p = new Picture(3, 2);
        p.set(1, 0, 0x0072B2);
        p.set(9, 9, 0);
        ByteBuffer png = ByteBuffer.wrap(p.png());
        assertEquals(0x89504E470D0A1A0AL, png.getLong());
        png.position(16);
        assertEquals(List.of(3, 2), List.of(png.getInt(), png.getInt()));
        png.position(33);
        int n = png.getInt();
        png.getInt();
        byte[] packed = new byte[n];
        png.get(packed);
        Inflater i = new Inflater();
        i.setInput(packed);
        byte[] raw = new byte[20];
        assertEquals(20, i.inflate(raw));
        i.end();
        byte w = (byte) 0xFF;
        assertArrayEquals(new byte[] {0, w, w, w, 0, 0x72, (byte) 0xB2, w, w, w, 0, w, w, w, w, w, w, w, w, w}, raw);
    }

    @Test
    void aLogarithmicAxisMakesAPowerLawStraight() {
        Block.Line l = new Block.Line(
                "square", new double[] {1, 10, 100}, new double[] {1, 100, 10000}, NONE, NONE, Double.NaN);
        Picture p = Figures.of(new Block.Curves("", "", "", true, true, List.of(l)));
        // The middle of the drawn line lies where a straight line from end to end would have it.
        int first = -1;
        int last = -1;
        int[] height = new int[p.width()];
        for (int x = 110; x < p.width() - 150; x++) {
            for (int y = 60; y <= 520; y++) {
                if (p.get(x, y) == 0x0072B2) {
                    height[x] = y;
                    first = first < 0 ? x : first;
                    last = x;
                }
            }
        }
        assertNotEquals(-1, first);
        int middle = (first + last) / 2;
        assertEquals((height[first] + height[last]) / 2.0, height[middle], 8);
    }

    @Test
    void numbersThatAreNoneBecomeNullInJson() {
        JsonNode n = ReportJson.of(new Report(
                "r", all(), List.of(new Report.Measured("claim-1", "0.5", "0.6", List.of(1L), false, "zoo probe x"))));
        assertEquals("curves", n.get("blocks").get(2).get("type").asString());
        assertEquals("heat-map", n.get("blocks").get(3).get("type").asString());
        assertTrue(n.get("blocks").get(2).get("lines").get(1).get("y").get(2).isNull());
        assertEquals(
                16.0, n.get("blocks").get(2).get("lines").get(0).get("y").get(2).asDouble());
        assertEquals("claim-1", n.get("claims").get(0).get("claim").asString());
        assertEquals(n.toString(), Configs.mapper().readTree(n.toString()).toString());
    }

    @Test
    void cellsWithCommasAndQuotesAreQuoted() {
        assertEquals("model,listops\r\n\"a, b\",36.37\r\n\"say \"\"x\"\"\",FAIL\r\n", BlockCsv.of(all().get(1)));
        assertEquals("Scores\nmodel    listops\na, b     36.37\nsay \"x\"  FAIL\n", BlockText.of(all().get(1)));
        assertEquals("accuracy: 0.53125 (paper: 54.39)", BlockText.of(all().getFirst()));
        assertTrue(BlockCsv.of(all().get(2)).contains("mamba,1024,,,"), BlockCsv.of(all().get(2)));
    }

    @Test
    void aReportBecomesFilesAndABadFolderIsAnError(@TempDir Path dir) throws IOException {
        List<Path> files = ReportFiles.write(dir.resolve("out"), new Report("r", all(), List.of()));
        assertEquals(1 + 2 * all().size(), files.size());
        assertEquals("03-time-against-length.png", files.get(5).getFileName().toString());
        for (Path f : files) {
            assertTrue(Files.size(f) > 20, f.toString());
        }
        Path blocked = Files.writeString(dir.resolve("file"), "x");
        ZooException e = assertThrows(
                ZooException.class, () -> ReportFiles.write(blocked.resolve("sub"), new Report("r", all(), List.of())));
        assertTrue(e.getMessage().contains("cannot write the report into"), e.getMessage());
    }
}
