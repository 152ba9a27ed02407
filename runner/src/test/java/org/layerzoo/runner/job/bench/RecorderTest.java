package org.layerzoo.runner.job.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What is written down of a run is all that another library needs to compute it. */
class RecorderTest {
    /** Takes attention whole and nothing else. */
    private static final Peer PEER = new Peer() {
        @Override
        public String name() {
            return "fixture";
        }

        @Override
        public boolean takes(FusedOp op, List<TensorSpec> in) {
            return op instanceof Attend;
        }

        @Override
        public Program program(Recording recording, int threads) {
            throw new UnsupportedOperationException("not asked for");
        }
    };

    private static Tensor normal(String name, int... dims) {
        return Draws.seeded(7).at("recorder").normal(name, DType.F32, dims);
    }

    private static Recording record(List<Tensor> first, UnaryOperator<List<Tensor>> body) {
        Recorder recorder = new Recorder(Reference.INSTANCE, PEER, first);
        return recorder.recording(Exec.with(recorder, () -> body.apply(first)), 0);
    }

    private static List<Tensor> replay(Recording r, List<Tensor> first) {
        List<Tensor> values = new ArrayList<>(r.leaves());
        for (int i = 0; i < first.size(); i++) {
            values.set(i, first.get(i));
        }
        for (Recording.Step s : r.steps()) {
            assertEquals(s.out().getFirst(), values.size());
            values.addAll(Reference.INSTANCE.apply(
                    s.op(), s.in().stream().map(values::get).toList()));
        }
        return r.outputs().stream().map(values::get).toList();
    }

    private static List<Tensor> layer(List<Tensor> in) {
        Tensor x = Fused.layerNorm(in.getFirst(), 1e-5);
        Tensor y = Ops.silu(x.mul(Tensor.scalar(DType.F32, 2)).add(in.get(1)));
        return List.of(Fused.attendCausal(y, x, in.getFirst()), y);
    }

    @Test
    void replayedOnOtherNumbersItComputesTheLayer() {
        List<Tensor> in = List.of(normal("x", 1, 2, 6, 4), normal("w", 4));
        Recording r = record(in, RecorderTest::layer);
        List<Tensor> others = List.of(normal("x2", 1, 2, 6, 4), normal("w2", 4));
        List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> layer(others));
        List<Tensor> given = replay(r, others);
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(Errors.relative(given.get(i), expected.get(i)) < 1e-6);
        }
    }

    @Test
    void fusedOpsThatThePeerLacksAreWrittenDownAsTheirDecomposition() {
        Recording r = record(List.of(normal("x", 1, 2, 6, 4), normal("w", 4)), RecorderTest::layer);
        assertEquals(
                List.of("attend"),
                r.steps().stream()
                        .map(Recording.Step::op)
                        .filter(FusedOp.class::isInstance)
                        .map(op -> op.name())
                        .toList());
    }

    @Test
    void inputsComeFirstAndConstantsAreLeavesToo() {
        List<Tensor> in = List.of(normal("x", 1, 2, 6, 4), normal("w", 4));
        Recording r = record(in, RecorderTest::layer);
        assertEquals(in, r.leaves().subList(0, 2));
        assertTrue(r.leaves().size() > 2);
    }

    @Test
    void aViewOfAResultMadeOutsideOfOpsIsRefused() {
        Tensor x = normal("x", 3, 4);
        ZooException e = assertThrows(
                ZooException.class,
                () -> record(
                        List.of(x), in -> List.of(Ops.exp(Ops.exp(in.getFirst()).view(Shape.of(12))))));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("exp"), e.getMessage());
    }

    @Test
    void codeThatIsNoOpIsRefused() {
        Tensor x = normal("x", 3);
        ZooException e = assertThrows(
                ZooException.class, () -> record(List.of(x), in -> Ops.host("sort", in, List.of(x.spec()), t -> t)));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
    }
}
