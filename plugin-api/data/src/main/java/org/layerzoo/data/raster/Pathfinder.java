package org.layerzoo.data.raster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.data.Rng;

/**
 * Pictures of dashed curves with two discs (Linsley et al., 2018): two long curves and some short ones, smooth random
 * walks of dashes of two pixels with a gap of one, that keep clear of each other. Label 1 when the discs lie on the two
 * ends of one long curve, 0 when on an end of each.
 *
 * @param side pixels of the square picture
 * @param dashes dashes of a long curve
 */
public record Pathfinder(int side, int dashes) {
    /** Pixels between the points of different curves: more than a gap even from disc to disc, so that what hangs together is one curve. */
    private static final int CLEARANCE = 5;

    private static final int PERIOD = 3;
    private static final int GREY = 160;
    private static final int DISC = 255;
    private static final int TRIES = 60;
    private static final int SCENES = 2000;

    public Pathfinder {
        if (side < 16 || dashes < 2 || dashes * PERIOD > 2 * side) {
            throw new IllegalArgumentException("a side of at least 16 and 2.." + 2 * side / PERIOD
                    + " dashes expected, given " + side + " and " + dashes);
        }
    }

    /** A point of the picture. */
    public record Point(int x, int y) {
        int far(Point p) {
            return Math.max(Math.abs(x - p.x), Math.abs(y - p.y));
        }
    }

    /**
     * The generating record.
     *
     * @param curves pixels of the dashes of each curve, from end to end; the first two are the long ones
     * @param discs centres of the two discs
     */
    public record Scene(long[] pixels, List<List<Point>> curves, List<Point> discs, int label) {}

    public Scene draw(Rng rng) {
        return draw(rng, rng.nextInt(2));
    }

    /** @param label what the scene shall be */
    public Scene draw(Rng rng, int label) {
        int others = rng.between(2, 3);
        for (int i = 0; i < SCENES; i++) {
            Optional<List<List<Point>>> curves = curves(rng, others);
            if (curves.isPresent()) {
                return scene(rng, curves.get(), label);
            }
        }
        throw new org.layerzoo.core.ZooException(
                org.layerzoo.core.ErrorCode.BAD_CONFIG,
                "curves of " + dashes + " dashes do not fit a picture of " + side + " pixels: give fewer dashes");
    }

    private Optional<List<List<Point>>> curves(Rng rng, int others) {
        List<List<Point>> done = new ArrayList<>();
        for (int i = 0; i < 2 + others; i++) {
            int n = i < 2 ? dashes : Math.max(2, dashes / 3);
            Optional<List<Point>> curve = curve(rng, n, done);
            if (curve.isEmpty()) {
                return Optional.empty();
            }
            done.add(curve.get());
        }
        return Optional.of(done);
    }

    private Optional<List<Point>> curve(Rng rng, int n, List<List<Point>> others) {
        for (int i = 0; i < TRIES; i++) {
            List<Point> walk = walk(rng, n);
            if (walk.size() == 2 * n && others.stream().allMatch(o -> clear(walk, o))) {
                return Optional.of(walk);
            }
        }
        return Optional.empty();
    }

    /** Pixels of the dashes; shorter than asked when the walk leaves the picture or meets itself. */
    private List<Point> walk(Rng rng, int n) {
        double x = 2 + rng.nextDouble() * (side - 4);
        double y = 2 + rng.nextDouble() * (side - 4);
        double angle = 2 * Math.PI * rng.nextDouble();
        double turn = 0;
        List<Point> out = new ArrayList<>();
        List<Point> all = new ArrayList<>();
        for (int step = 0; step < n * PERIOD - 1; step++) {
            Point p = new Point((int) StrictMath.rint(x), (int) StrictMath.rint(y));
            if (p.x() < 2 || p.y() < 2 || p.x() >= side - 2 || p.y() >= side - 2 || touchesItself(p, all)) {
                return out;
            }
            all.add(p);
            if (step % PERIOD < 2) {
                out.add(p);
            }
            turn = 0.8 * turn + 0.08 * rng.nextGaussian();
            angle += turn;
            // Steps of more than a pixel's diagonal keep the pixels of a dash apart from those before.
            double s = 1 / Math.max(Math.abs(StrictMath.cos(angle)), Math.abs(StrictMath.sin(angle)));
            x += s * StrictMath.cos(angle);
            y += s * StrictMath.sin(angle);
        }
        return out;
    }

    private static boolean touchesItself(Point p, List<Point> before) {
        for (int i = 0; i < before.size() - CLEARANCE - 1; i++) {
            if (before.get(i).far(p) < CLEARANCE) {
                return true;
            }
        }
        return !before.isEmpty() && before.getLast().equals(p);
    }

    private static boolean clear(List<Point> a, List<Point> b) {
        return a.stream().allMatch(p -> b.stream().allMatch(q -> p.far(q) >= CLEARANCE));
    }

    private Scene scene(Rng rng, List<List<Point>> curves, int label) {
        Canvas c = new Canvas(side, side, 0);
        curves.forEach(curve -> curve.forEach(p -> c.set(p.x(), p.y(), GREY)));
        int which = rng.nextInt(2);
        List<Point> one = curves.get(which);
        List<Point> two = curves.get(1 - which);
        List<Point> discs = label == 1
                ? List.of(one.getFirst(), one.getLast())
                : List.of(
                        rng.nextInt(2) == 0 ? one.getFirst() : one.getLast(),
                        rng.nextInt(2) == 0 ? two.getFirst() : two.getLast());
        discs.forEach(p -> c.disc(p.x(), p.y(), 1, DISC));
        return new Scene(c.pixels(), curves, discs, label);
    }
}
