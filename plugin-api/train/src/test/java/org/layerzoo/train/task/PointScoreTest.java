package org.layerzoo.train.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.points.PointTargets;
import org.layerzoo.data.points.Tours;
import org.layerzoo.data.points.Triangulation;
import org.layerzoo.nn.BeamSearch;

class PointScoreTest {
    /** Answers with what a question's own answers are, or with the first points one after another. */
    private record Answering(Function<double[][], List<Integer>> answers) implements Layer, BeamSearch.Decoder {
        @Override
        public Tensors forward(Tensors in, Call call) {
            throw new UnsupportedOperationException("it decodes only");
        }

        @Override
        public State open(Opening o) {
            return new State(o.batch());
        }

        @Override
        public Tensor next(Tensors in, State s) {
            Tensor x = in.get("points");
            int n = x.dim(1);
            double[][] p = new double[n][];
            Arrays.setAll(p, i -> new double[] {x.get(0, i, 0), x.get(0, i, 1)});
            List<Integer> answer = answers.apply(p);
            double[] logs = new double[n + 1];
            Arrays.fill(logs, -10);
            logs[s.position() < answer.size() ? answer.get(s.position()) : 0] = 0;
            return Tensor.of(DType.F32, logs, 1, 1, n + 1);
        }

        @Override
        public void take(State s, Tensor index) {
            s.advance(1);
        }
    }

    private static Map<String, Metric.Sum> decoded(PointTask.Question q, Function<double[][], List<Integer>> answers) {
        PointTask task = new PointTask(7, q, 5);
        Model m = new Model(
                "",
                new Answering(answers),
                new ParamTree(Draws.seeded(1), DType.F32),
                Signature.causalMixer(),
                new PointQuestion.Options(7));
        return task.decoded(m, task.batch(Task.Split.TEST, 0, 40));
    }

    @Test
    void rightAnswersThatAreDecodedScoreAsSuch() {
        Map<String, Metric.Sum> hull = decoded(PointQuestions.hull(), PointTargets::hull);
        assertEquals(1, hull.get("simple").value());
        assertEquals(1, hull.get("area").value(), 1e-6);
        assertEquals(32, hull.get("area").weight());
        Map<String, Metric.Sum> triangles = decoded(PointQuestions.delaunay(), Triangulation::delaunay);
        assertEquals(1, triangles.get("triangles_same").value());
        assertEquals(1, triangles.get("triangle_coverage").value());
        Map<String, Metric.Sum> tour = decoded(PointQuestions.tour(), Tours::shortest);
        assertEquals(tour.get("target_length").value(), tour.get("tour_length").value(), 1e-5);
    }

    @Test
    void otherAnswersScoreLess() {
        Map<String, Metric.Sum> hull = decoded(PointQuestions.hull(), p -> List.of(1, 2, 3));
        assertEquals(1, hull.get("simple").value());
        assertTrue(hull.get("area").value() < 0.5, hull.toString());
        assertEquals(
                0,
                decoded(PointQuestions.hull(), p -> List.of(1, 2)).get("area").value());
        Map<String, Metric.Sum> triangles = decoded(PointQuestions.delaunay(), p -> List.of(1, 2, 3));
        assertEquals(0, triangles.get("triangles_same").value());
        assertTrue(triangles.get("triangle_coverage").value() < 0.5);
        Map<String, Metric.Sum> tour = decoded(PointQuestions.tour(), p -> List.of(1, 2, 3, 4, 5, 6, 7));
        assertTrue(tour.get("tour_length").value()
                > 1.1 * tour.get("target_length").value());
        assertTrue(decoded(PointQuestions.sort(), p -> List.of(1)).isEmpty(), "sorting has no score");
    }

    @Test
    void aTriangulationHasRoomForAllItsTriangles() {
        Tensors b = new PointTask(8, PointQuestions.delaunay(), 1).batch(Task.Split.TRAIN, 0, 16);
        assertEquals(3 * (2 * 8 - 5) + 1, b.get("indices").dim(1));
    }
}
