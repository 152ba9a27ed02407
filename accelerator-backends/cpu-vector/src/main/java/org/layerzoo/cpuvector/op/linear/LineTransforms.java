package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * Transforms of any length along any axis, many lines at a time. A tensor is seen as [outer, length, inner]; lines that are rows of
 * memory (inner 1) are transposed on the way in and out.
 *
 * @param length of the lines in numbers, or in pairs
 * @param width lines at a time
 */
record LineTransforms(int length, int outer, int inner, int width) {
    private static final int L = Width.LANES;
    private static final AlignedScratch ROOM = new AlignedScratch();
    /** Lines taken at once, and elements of them all. */
    private static final int WIDEST = 64;

    private static final int ELEMENTS = 1 << 15;

    /** @param lines in all */
    static LineTransforms of(int length, long lines, long inner) {
        int in = Math.toIntExact(inner);
        int widest = Math.clamp(ELEMENTS / length / L * L, L, WIDEST);
        return new LineTransforms(
                length, Math.toIntExact(lines / inner), in, in == 1 ? L : Math.min(Width.roundUp(in), widest));
    }

    /** Where a group of lines lies: elements of a line are {@code inner} apart, or lines {@code length} of the array apart. */
    private record Place(MemorySegment s, long at) {}

    @FunctionalInterface
    private interface Body {
        void run(Group g, int outer, int first);
    }

    private void groups(Body body) {
        int across = inner == 1 ? outer : inner;
        int blocks = (across + width - 1) / width;
        int tasks = inner == 1 ? blocks : Math.multiplyExact(outer, blocks);
        Workers.run(tasks, 40L * outer * inner * length, t -> {
            int first = t % blocks * width;
            body.run(new Group(Math.min(width, across - first)), t / blocks, first);
        });
    }

    /** Flat number of element 0 of a line in an array whose lines have {@code n} elements. */
    private long origin(int o, int first, int n) {
        return inner == 1 ? (long) first * n : (long) o * n * inner + first;
    }

    void complex(boolean inverse, MemorySegment x, MemorySegment y) {
        groups((g, o, first) -> {
            long at = origin(o, first, length);
            g.pairs(x, at, length);
            g.transform(length, inverse);
            g.storePairs(y, at, length);
        });
    }

    /** Numbers to bins 0 .. length / 2. */
    void forward(MemorySegment x, MemorySegment y) {
        int bins = length / 2 + 1;
        groups((g, o, first) -> {
            if (length % 2 == 0) {
                g.evens(x, origin(o, first, length), length / 2);
                g.transform(length / 2, false);
                LineReal.of(length).bins(g.x, g.work, width);
                g.swap();
            } else {
                g.reals(x, origin(o, first, length), length);
                g.transform(length, false);
            }
            g.clear(0);
            g.clear(length % 2 == 0 ? length / 2 : 0);
            g.storePairs(y, origin(o, first, bins), bins);
        });
    }

    /** Bins to {@code length} numbers. */
    void inverse(MemorySegment x, MemorySegment y) {
        int bins = length / 2 + 1;
        groups((g, o, first) -> {
            g.pairs(x, origin(o, first, bins), bins);
            if (length % 2 == 0) {
                LineReal.of(length).halves(g.x, g.work, width);
                g.swap();
                g.transform(length / 2, true);
                g.storeEvens(y, origin(o, first, length), length / 2);
            } else {
                g.mirror(length);
                g.transform(length, true);
                g.storeReals(y, origin(o, first, length), length);
            }
        });
    }

    /** Lines in this thread's room: two areas of real and imaginary parts, [elements, width], and rows as they lie in memory. */
    private final class Group {
        private final int lines;
        private final float[] a;
        private final int rows;
        private final int pitch;
        private LineFft.Lines x;
        private LineFft.Lines work;

        Group(int lines) {
            this.lines = lines;
            int half = length % 2 == 0 ? length / 2 : length;
            int elements = Math.max(
                    length + 1,
                    Math.max(
                            LineFft.isDirect(length) ? 0 : Chirp.of(length).room(),
                            LineFft.isDirect(half) ? 0 : Chirp.of(half).room()));
            int part = CacheLines.roundUp((elements + L) * width) + 9 * CacheLines.STEP;
            pitch = CacheLines.roundUp(length + 2 * L) + CacheLines.STEP;
            int room = inner == 1 ? (2 * L + 2) * pitch : 2 * width + 2 * L;
            a = ROOM.floats(Math.addExact(Math.multiplyExact(4, part), room));
            x = new LineFft.Lines(a, CacheLines.FIRST, CacheLines.FIRST + part);
            work = new LineFft.Lines(a, CacheLines.FIRST + 2 * part, CacheLines.FIRST + 3 * part);
            rows = CacheLines.FIRST + 4 * part;
        }

        void swap() {
            LineFft.Lines t = x;
            x = work;
            work = t;
        }

        void transform(int n, boolean inverse) {
            LineFft.Lines in = inverse ? x.swapped() : x;
            LineFft.Lines y = LineFft.isDirect(n)
                    ? LineFft.of(n).run(in, work, width)
                    : Chirp.of(n).run(in, work, width);
            boolean moved = y.re() == work.re() || y.re() == work.im();
            if (moved) {
                swap();
            }
            x = inverse ? y.swapped() : y;
        }

        void clear(int bin) {
            Arrays.fill(a, x.im() + bin * width, x.im() + (bin + 1) * width, 0f);
        }

        /** The second half of the spectrum of real lines. */
        void mirror(int n) {
            clear(0);
            for (int k = 1; k <= n / 2; k++) {
                for (int q = 0; q < width; q++) {
                    a[x.re() + (n - k) * width + q] = a[x.re() + k * width + q];
                    a[x.im() + (n - k) * width + q] = -a[x.im() + k * width + q];
                }
            }
        }

        void pairs(MemorySegment s, long at, int n) {
            if (inner > 1) {
                for (int j = 0; j < n; j++) {
                    Floats.load(s, 2 * (at + (long) j * inner), a, rows, 2 * lines);
                    Planar.split(a, rows, x.re() + j * width, x.im() + j * width, lines);
                }
                return;
            }
            int second = rows + L * pitch, line = second + L * pitch;
            for (int l = 0; l < lines; l++) {
                Floats.load(s, 2 * (at + (long) l * n), a, line, 2 * n);
                Planar.split(a, line, rows + l * pitch, second + l * pitch, n);
            }
            columns(rows, x.re(), n);
            columns(second, x.im(), n);
        }

        /** Pairs of neighbours in real lines. */
        void evens(MemorySegment s, long at, int n) {
            if (inner == 1) {
                pairs(s, at / 2, n);
                return;
            }
            for (int j = 0; j < n; j++) {
                Floats.load(s, at + 2L * j * inner, a, x.re() + j * width, lines);
                Floats.load(s, at + (2L * j + 1) * inner, a, x.im() + j * width, lines);
            }
        }

        void reals(MemorySegment s, long at, int n) {
            if (inner == 1) {
                for (int l = 0; l < lines; l++) {
                    Floats.load(s, at + (long) l * n, a, rows + l * pitch, n);
                }
                columns(rows, x.re(), n);
            } else {
                for (int j = 0; j < n; j++) {
                    Floats.load(s, at + (long) j * inner, a, x.re() + j * width, lines);
                }
            }
            Arrays.fill(a, x.im(), x.im() + n * width, 0f);
        }

        private void columns(int from, int to, int n) {
            for (int j = 0; j < n; j += L) {
                Square.turn(a, from + j, pitch, a, to + j * L, L);
            }
        }

        private void rows(int from, int to, int n) {
            for (int j = 0; j < n; j += L) {
                Square.turn(a, from + j * L, L, a, to + j, pitch);
            }
        }

        void storePairs(MemorySegment s, long at, int n) {
            if (inner > 1) {
                for (int j = 0; j < n; j++) {
                    Planar.join(a, x.re() + j * width, x.im() + j * width, rows, lines);
                    Floats.store(a, rows, s, 2 * (at + (long) j * inner), 2 * lines);
                }
                return;
            }
            int second = rows + L * pitch, line = second + L * pitch;
            rows(x.re(), rows, n);
            rows(x.im(), second, n);
            for (int l = 0; l < lines; l++) {
                Planar.join(a, rows + l * pitch, second + l * pitch, line, n);
                Floats.store(a, line, s, 2 * (at + (long) l * n), 2 * n);
            }
        }

        void storeEvens(MemorySegment s, long at, int n) {
            if (inner == 1) {
                storePairs(s, at / 2, n);
                return;
            }
            for (int j = 0; j < n; j++) {
                Floats.store(a, x.re() + j * width, s, at + 2L * j * inner, lines);
                Floats.store(a, x.im() + j * width, s, at + (2L * j + 1) * inner, lines);
            }
        }

        void storeReals(MemorySegment s, long at, int n) {
            if (inner == 1) {
                rows(x.re(), rows, n);
                for (int l = 0; l < lines; l++) {
                    Floats.store(a, rows + l * pitch, s, at + (long) l * n, n);
                }
                return;
            }
            for (int j = 0; j < n; j++) {
                Floats.store(a, x.re() + j * width, s, at + (long) j * inner, lines);
            }
        }
    }
}
