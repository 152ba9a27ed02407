package org.layerzoo.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Decodes answers of pointers into one set of points: the best of {@code width} sequences kept at each step. */
public final class BeamSearch {
    private BeamSearch() {}

    /** A model that answers step by step. */
    public interface Decoder {
        State open(Opening o);

        /** Log probabilities [B, 1, n + 1] of the step behind those in the state: the end marker (0) and the points. */
        Tensor next(Tensors in, State s);

        /** Says which index the last step took, one a row, I64 [B]. */
        void take(State s, Tensor index);
    }

    /** Indices 1..n without the end marker, and the sum of their log probabilities (with the marker's where there is one). */
    public record Answer(List<Integer> indices, double logProbability) {}

    private record Beam(List<Integer> indices, double log, boolean done) {}

    private record Step(int beam, int index, double log) {}

    /** @param points [1, n, I] @param tour whether every point is to be visited once, and the end marker never chosen */
    public static Answer run(Decoder layer, Tensor points, int width, boolean tour) {
        return run(layer, points, width, tour, 2 * points.dim(1));
    }

    /** @param longest indices of an answer, if it is no tour */
    public static Answer run(Decoder layer, Tensor points, int width, boolean tour, int longest) {
        if (width < 1 || points.rank() != 3 || points.dim(0) != 1) {
            throw ZooException.badArgument("beam search: points [1, n, I] and a width above 0 expected, given "
                    + points.shape() + " and " + width);
        }
        int n = points.dim(1);
        List<Beam> beams = List.of(new Beam(List.of(), 0, false));
        State s = layer.open(Opening.of(1).with(points.dtype()));
        for (int t = 0; t < (tour ? n : longest + 1) && !beams.stream().allMatch(Beam::done); t++) {
            int b = beams.size();
            Tensors in = Tensors.of("points", points.expand(b, n, points.dim(2)));
            List<Step> steps = candidates(beams, layer.next(in, s).toDoubles(), n, tour);
            steps.sort(Comparator.comparingDouble((Step x) -> -x.log()));
            List<Step> best = steps.subList(0, Math.min(width, steps.size()));
            List<Beam> next = new ArrayList<>();
            for (Step x : best) {
                next.add(extended(beams.get(x.beam()), x));
            }
            s = s.reorder(Tensor.of(best.stream().mapToLong(Step::beam).toArray(), best.size()));
            layer.take(s, Tensor.of(best.stream().mapToLong(Step::index).toArray(), best.size()));
            beams = next;
        }
        Beam top = beams.getFirst();
        return new Answer(top.indices(), top.log());
    }

    private static Beam extended(Beam b, Step x) {
        if (b.done() || x.index() == 0) {
            return new Beam(b.indices(), x.log(), true);
        }
        List<Integer> more = new ArrayList<>(b.indices());
        more.add(x.index());
        return new Beam(more, x.log(), false);
    }

    private static List<Step> candidates(List<Beam> beams, double[] logs, int n, boolean tour) {
        List<Step> out = new ArrayList<>();
        for (int b = 0; b < beams.size(); b++) {
            Beam beam = beams.get(b);
            if (beam.done()) {
                out.add(new Step(b, 0, beam.log()));
                continue;
            }
            double[] row = Arrays.copyOfRange(logs, b * (n + 1), (b + 1) * (n + 1));
            for (int j = tour ? 1 : 0; j <= n; j++) {
                if (!tour || !beam.indices().contains(j)) {
                    out.add(new Step(b, j, beam.log() + row[j]));
                }
            }
        }
        return out;
    }
}
