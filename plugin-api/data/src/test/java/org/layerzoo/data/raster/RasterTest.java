package org.layerzoo.data.raster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;

class RasterTest {
    private static String drawn(Canvas c) {
        StringBuilder s = new StringBuilder();
        for (int y = 0; y < c.height(); y++) {
            for (int x = 0; x < c.width(); x++) {
                s.append(c.get(x, y) > 0 ? '#' : '.');
            }
            s.append('\n');
        }
        return s.toString();
    }

    @Test
    void figuresAreFilledAsDrawnByHand() {
        Canvas disc = new Canvas(5, 5, 0);
        disc.disc(2, 2, 2, 9);
        assertEquals("..#..\n.###.\n#####\n.###.\n..#..\n", drawn(disc));
        Canvas ring = new Canvas(5, 5, 0);
        ring.ring(2, 2, 1, 2, 9);
        assertEquals("..#..\n.#.#.\n#...#\n.#.#.\n..#..\n", drawn(ring));
        Canvas line = new Canvas(6, 4, 0);
        line.line(0, 0, 5, 3, 9);
        assertEquals("#.....\n.##...\n...##.\n.....#\n", drawn(line));
        Canvas triangle = new Canvas(5, 3, 0);
        triangle.polygon(new int[] {0, 4, 2}, new int[] {2, 2, 0}, 9);
        assertEquals("..#..\n.###.\n#####\n", drawn(triangle));
        Canvas clipped = new Canvas(2, 2, 300);
        clipped.rectangle(-3, -3, 0, 0, -5);
        assertArrayEquals(new long[] {0, 255, 255, 255}, clipped.pixels());
    }

    @Test
    void picturesCoverAllClasses() {
        Set<Integer> labels = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            ShapeImages.Picture p = new ShapeImages(32).draw(Rng.of(i));
            labels.add(p.label());
            long low = java.util.Arrays.stream(p.pixels()).min().orElseThrow();
            long high = java.util.Arrays.stream(p.pixels()).max().orElseThrow();
            assertTrue(low >= 0 && high <= 255 && high - low > 40);
        }
        assertEquals(10, labels.size());
    }

    @Test
    void discsAreConnectedByDashesExactlyWhenTheLabelSaysSo() {
        for (Pathfinder kind : List.of(new Pathfinder(32, 5), new Pathfinder(64, 14))) {
            int ones = 0;
            for (int i = 0; i < 200; i++) {
                Pathfinder.Scene s = kind.draw(Rng.of(i, kind.side()));
                assertEquals(s.label() == 1, connected(s, kind.side()), "scene " + i);
                ones += s.label();
            }
            assertEquals(100, ones, 30);
        }
    }

    /** Whether a walk over drawn pixels with steps of at most two pixels leads from one disc to the other. */
    private static boolean connected(Pathfinder.Scene s, int side) {
        Pathfinder.Point from = s.discs().getFirst();
        Pathfinder.Point to = s.discs().getLast();
        Set<Pathfinder.Point> seen = new HashSet<>(Set.of(from));
        ArrayDeque<Pathfinder.Point> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            Pathfinder.Point p = open.remove();
            if (p.equals(to)) {
                return true;
            }
            for (int y = Math.max(0, p.y() - 2); y <= Math.min(side - 1, p.y() + 2); y++) {
                for (int x = Math.max(0, p.x() - 2); x <= Math.min(side - 1, p.x() + 2); x++) {
                    if (s.pixels()[y * side + x] > 0) {
                        if (seen.add(new Pathfinder.Point(x, y))) {
                            open.add(new Pathfinder.Point(x, y));
                        }
                    }
                }
            }
        }
        return false;
    }
}
