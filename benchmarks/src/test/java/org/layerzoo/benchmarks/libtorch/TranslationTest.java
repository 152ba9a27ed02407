package org.layerzoo.benchmarks.libtorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.runner.job.bench.Peer;
import org.layerzoo.runner.job.bench.Recording;

/** LibTorch computes of a recorded op what the op means. */
class TranslationTest {
    private static Tensor normal(String name, int... dims) {
        return Draws.seeded(11).at("translation").normal(name, DType.F32, dims);
    }

    private static Tensor q() {
        return normal("q", 1, 2, 5, 4);
    }

    static List<UnaryOperator<Tensor>> bodies() {
        List<UnaryOperator<Tensor>> all = new ArrayList<>(overTokens());
        all.addAll(ofImagesAndLayers());
        return all;
    }

    private static List<UnaryOperator<Tensor>> overTokens() {
        Tensor k = normal("k", 1, 2, 5, 4);
        Tensor log = Ops.abs(normal("g", 1, 2, 5, 4)).neg();
        Tensor one = log.select(3, 0).ready();
        Tensor beta = Ops.sigmoid(normal("b", 1, 2, 5));
        Selective scan = Selective.of(
                        k.select(0, 0),
                        Ops.abs(k.select(0, 0)),
                        Ops.abs(normal("a", 4, 3)).neg(),
                        normal("sb", 2, 5, 3),
                        normal("sc", 2, 5, 3))
                .deltaBias(normal("db", 4))
                .softplus()
                .skip(normal("d", 4))
                .gate(k.select(0, 0));
        return List.of(
                q -> Fused.attendCausal(q, k, k),
                q -> Attention.of(q).keys(k, k).scale(0.3).o(),
                q -> Fused.recur(q, k, k).key(log).scale(0.5).run().o(),
                q -> Fused.recur(q, k, k).delta(beta).run().o(),
                q -> Fused.recur(q, k, k).delta(beta, one).run().o(),
                q -> Fused.recur(q, k, k).scalar(one).run().o(),
                q -> Fused.recur(q, k, k).value(log).run().o(),
                q -> Ops.cumsum(Ops.exp(q), 2).sum(1),
                q -> scan(scan, q.select(0, 0)));
    }

    /** The scan with u in place of its own. */
    private static Tensor scan(Selective scan, Tensor u) {
        List<Tensor> in = new ArrayList<>(scan.inputs());
        in.set(0, u);
        return Ops.all(scan.op(), in.toArray(Tensor[]::new)).getFirst();
    }

    private static List<UnaryOperator<Tensor>> ofImagesAndLayers() {
        Tensor k = normal("k", 1, 2, 5, 4);
        Tensor w = normal("w", 3, 4);
        Tensor c = normal("c", 3);
        Tensor gain = normal("gain", 4);
        Tensor shift = normal("shift", 4);
        Tensor few = normal("few", 4, 3);
        Tensor many = normal("many", 5, 7);
        Tensor image = normal("image", 3, 2, 3, 3);
        return List.of(
                q -> Fused.linear(q, w, c, Activation.GELU_TANH),
                q -> Fused.layerNorm(q, gain, shift, 1e-5),
                q -> Fused.softmax(q, 2),
                q -> Fused.swiGlu(q, k),
                q -> Fused.shortConv(q.select(0, 0), few).run().y(),
                q -> Fused.longConv(q.select(0, 0), many),
                q -> Spatial.conv2d(q, image, Padding.of(1), 1, 1, 1),
                q -> Ops.padZero(Ops.flip(q, 2), 2, 1, 2).slice(2, 1, 6),
                q -> Ops.concat(3, q, Ops.roll(q, 1, 2)),
                q -> Ops.where(q.ge(0), q, Ops.clamp(q, -0.5, 0.5)));
    }

    private static Recording recording(Tensor first, UnaryOperator<Tensor> body, int gradients) {
        return Recording.of(
                Reference.INSTANCE, new LibTorchPeer(), List.of(first), () -> List.of(body.apply(first)), gradients);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void programsComputeWhatTheOpsMean(UnaryOperator<Tensor> body) {
        Tensor x = q();
        Tensor expected = Exec.with(Reference.INSTANCE, () -> body.apply(x));
        try (Peer.Program p = new LibTorchPeer().program(recording(x, body, 0), 1)) {
            p.run();
            assertClose(expected, p.results().getFirst());
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void gradientsAreThoseOfTheTape(UnaryOperator<Tensor> body) {
        Tensor x = q();
        Tape tape = new Tape(Reference.INSTANCE).watch(x);
        Tensor y = tape.record(() -> body.apply(x));
        Tensor expected =
                tape.gradient(List.of(y), List.of(Ops.onesLike(y)), List.of(x)).getFirst();
        try (Peer.Program p = new LibTorchPeer().program(recording(x, body, 1), 1)) {
            assertClose(expected, p.results().get(1));
        }
    }

    private static void assertClose(Tensor expected, Tensor given) {
        double error = Errors.maxAbs(given.cast(DType.F64), expected.cast(DType.F64));
        double size = Math.max(1, Errors.norm(expected));
        assertTrue(error < 2e-6 * size, "error " + error + " of " + size);
    }

    @Test
    void whatHasNoCounterpartIsNamed() {
        Recording r = recording(q(), x -> Ops.argSort(x, 3, false), 0);
        ZooException e = assertThrows(ZooException.class, () -> new LibTorchPeer().program(r, 1));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("arg_sort"), e.getMessage());
    }

    @Test
    void aProgramThatDoesNotCompileIsRefused() {
        ZooException e = assertThrows(
                ZooException.class, () -> LibTorch.open().script("return [torch.nothing(x[0])]", List.of(q())));
        assertEquals(ErrorCode.BAD_ARGUMENT, e.code());
    }
}
