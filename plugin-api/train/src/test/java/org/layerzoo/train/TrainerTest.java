package org.layerzoo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Batches;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

class TrainerTest {
    /** No options. */
    record None() {}

    /** y = x W^T + noise; counts its training steps and adds |frozen| as a loss when asked. */
    private static Model model() {
        ParamTree tree = new ParamTree(Draws.seeded(4), DType.F32);
        Param w = tree.root().weight("w", Shape.of(2, 3), Init.normal(1));
        tree.root().weight("unused", Shape.of(2), Init.ones(), new Param.Attr.Frozen());
        Buffer seen = tree.root().buffer("seen", DType.F32, Shape.of(), Init.zeros());
        Layer layer = (in, call) -> {
            call.updates().set(seen, seen.value().add(1));
            call.aux().loss("size", Ops.square(w.value()).sum(), 0.001);
            Tensor y = in.get("x").matmulT(w.value());
            return Tensors.of(
                    "y",
                    call.training()
                            ? y.add(call.draws()
                                    .normal("noise", DType.F32, y.shape().dims())
                                    .mul(0.01))
                            : y);
        };
        Signature s = Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SET));
        return new Model("linear", layer, tree, s, new None());
    }

    /** x and x A^T for one A. */
    private static final Batches DATA = index -> {
        Tensor x = Draws.seeded(9).step(index).normal("x", DType.F32, 8, 3);
        return Tensors.of("x", x, "target", x.matmulT(Tensor.of(new float[] {1, -2, 0.5f, 0, 1, 2}, 2, 3)));
    };

    private static final Objective SQUARE = (batch, s) -> Ops.square(s.model()
                    .forward(Inputs.of(s.model(), batch), s.call())
                    .get("y")
                    .sub(batch.get("target")))
            .mean();

    private static TrainStage stage(String name, Model m, int steps, double rate) {
        return new TrainStage(
                name, m, SQUARE, p -> true, new TrainStage.Optim("adamw", rate, 0, 1, "cosine", 2), steps);
    }

    private static List<TrainStage> stages(Model m) {
        return List.of(stage("first", m, 12, 0.1), stage("second", m, 8, 0.02));
    }

    /** Cancels when step {@code at} of the whole run is about to begin. */
    private static RunContext cancelling(int at) {
        return new RunContext() {
            private int asked;

            @Override
            public Draws draws() {
                return Draws.seeded(21);
            }

            @Override
            public Catalog catalog() {
                return Catalog.EMPTY;
            }

            @Override
            public void progress(double fraction, String message) {}

            @Override
            public void checkCancelled() {
                if (asked++ == at) {
                    throw new ZooException(ErrorCode.CANCELLED, "cancelled");
                }
            }
        };
    }

    @Test
    void theLossFallsAndBuffersAreCommitted() {
        Model m = model();
        List<TrainStage> one = List.of(stage("only", m, 60, 0.2));
        Trainer.Result r = new Trainer(TrainOptions.inMemory().withEma(0.5), RunContext.quiet(1)).run(one, DATA);
        double[] loss = r.history().of(0, "loss");
        assertEquals(60, loss.length);
        assertTrue(loss[59] < loss[0] / 20, loss[0] + " fell to " + loss[59]);
        assertEquals(60, m.params().buffers().get("seen").value().item());
        assertEquals(List.of("w"), List.copyOf(r.ema().orElseThrow().names()));
        assertEquals(
                m.params().param("w").value().get(0, 1),
                r.ema().orElseThrow().get("w").get(0, 1),
                0.05);
    }

    @Test
    void lossesOfLayersAreAdded() {
        Model m = model();
        double w2 = Ops.square(m.params().param("w").value()).sum().item();
        Objective nothing = (batch, s) -> s.model()
                .forward(Inputs.of(s.model(), batch), s.call())
                .get("y")
                .mul(0)
                .sum();
        TrainStage stage = new TrainStage("aux", m, nothing, p -> true, TrainStage.Optim.adamW(0.1), 1);
        double loss = new Trainer(TrainOptions.inMemory(), RunContext.quiet(1))
                .run(List.of(stage), DATA)
                .history()
                .of(0, "loss")[0];
        assertEquals(0.001 * w2, loss, 1e-7);
    }

    @Test
    void aContinuedRunEndsWithTheSameBits(@TempDir Path dir) {
        for (int at : new int[] {5, 12, 17}) {
            Model whole = model();
            TrainOptions inMemory = TrainOptions.inMemory().withEma(0.9);
            Trainer.Result expected = new Trainer(inMemory, cancelling(-1)).run(stages(whole), DATA);
            Path here = dir.resolve("at" + at);
            TrainOptions kept = TrainOptions.in(here, 4).withEma(0.9);
            ZooException e = assertThrows(
                    ZooException.class, () -> new Trainer(kept, cancelling(at)).run(stages(model()), DATA));
            assertEquals(ErrorCode.CANCELLED, e.code());
            Model continued = model();
            Trainer.Result r = new Trainer(kept, cancelling(-1)).run(stages(continued), DATA);
            for (String name : whole.params().values().names()) {
                assertArrayEquals(
                        whole.params().values().get(name).toDoubles(),
                        continued.params().values().get(name).toDoubles(),
                        name + " at " + at);
            }
            assertArrayEquals(expected.history().of(0, "loss"), r.history().of(0, "loss"));
            assertArrayEquals(expected.history().of(1, "loss"), r.history().of(1, "loss"));
            assertArrayEquals(
                    expected.ema().orElseThrow().get("w").toDoubles(),
                    r.ema().orElseThrow().get("w").toDoubles());
        }
    }

    @Test
    void aFinishedRunIsNotTrainedFurther(@TempDir Path dir) {
        Model m = model();
        new Trainer(TrainOptions.in(dir, 100), RunContext.quiet(1)).run(stages(m), DATA);
        Model again = model();
        new Trainer(TrainOptions.in(dir, 100), RunContext.quiet(1)).run(stages(again), index -> {
            throw new AssertionError("batch " + index + " was asked for");
        });
        assertArrayEquals(
                m.params().param("w").value().toDoubles(),
                again.params().param("w").value().toDoubles());
    }

    @Test
    void aCheckpointOfAnotherRunIsRefused(@TempDir Path dir) {
        new Trainer(TrainOptions.in(dir, 100), RunContext.quiet(1)).run(stages(model()), DATA);
        Trainer other = new Trainer(TrainOptions.in(dir, 100), RunContext.quiet(1));
        ZooException e =
                assertThrows(ZooException.class, () -> other.run(List.of(stage("other", model(), 3, 0.1)), DATA));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(
                e.getMessage().contains("other of 3 steps") && e.getMessage().contains("first of 12 steps"),
                e.getMessage());
    }

    @Test
    void aCheckpointOfOtherOptionsIsRefusedWithTheirNames(@TempDir Path dir) {
        TrainOptions mine = TrainOptions.in(dir, 100).withRun(Map.of("seed", "1", "task", "t"));
        new Trainer(mine, RunContext.quiet(1)).run(stages(model()), DATA);
        Trainer other = new Trainer(mine.withRun(Map.of("seed", "2", "task", "t")), RunContext.quiet(1));
        ZooException e = assertThrows(ZooException.class, () -> other.run(stages(model()), DATA));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(
                e.getMessage().contains("seed 1 there, 2 here")
                        && !e.getMessage().contains("task"),
                e.getMessage());
    }

    @Test
    void aSummaryBesideTheCheckpointSaysHowFarItCame(@TempDir Path dir) {
        TrainOptions kept = TrainOptions.in(dir, 4).withRun(Map.of("seed", "21"));
        assertThrows(ZooException.class, () -> new Trainer(kept, cancelling(17)).run(stages(model()), DATA));
        JsonNode unfinished = Configs.parse(read(dir.resolve("checkpoint.json")));
        assertEquals("second", unfinished.get("stage").asString());
        assertEquals(5, unfinished.get("step").asInt());
        assertFalse(unfinished.get("finished").asBoolean());
        assertEquals("21", unfinished.at("/run/seed").asString());
        new Trainer(kept, cancelling(-1)).run(stages(model()), DATA);
        JsonNode finished = Configs.parse(read(dir.resolve("checkpoint.json")));
        assertTrue(finished.get("finished").asBoolean());
        assertEquals(unfinished.get("digest"), finished.get("digest"));
    }

    @Test
    void anInterruptedThreadStillKeepsItsCheckpoint(@TempDir Path dir) {
        RunContext interrupted = new Interrupting(cancelling(5));
        assertThrows(ZooException.class, () -> new Trainer(TrainOptions.in(dir, 100), interrupted)
                .run(stages(model()), DATA));
        assertTrue(Thread.interrupted(), "the interrupt is left for the caller");
        assertEquals(
                5,
                Configs.parse(read(dir.resolve("checkpoint.json"))).get("step").asInt());
    }

    /** Interrupts the thread before it asks, as a runner that cancels a job does. */
    private record Interrupting(RunContext inner) implements RunContext {
        @Override
        public Draws draws() {
            return inner.draws();
        }

        @Override
        public Catalog catalog() {
            return inner.catalog();
        }

        @Override
        public void progress(double fraction, String message) {}

        @Override
        public void checkCancelled() {
            try {
                inner.checkCancelled();
            } catch (ZooException e) {
                Thread.currentThread().interrupt();
                throw e;
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aLossThatIsNotFiniteNamesStageAndStep() {
        Batches broken = index ->
                index < 3 ? DATA.get(index) : DATA.get(index).with("target", Tensor.full(DType.F32, Double.NaN, 8, 2));
        Trainer t = new Trainer(TrainOptions.inMemory(), RunContext.quiet(1));
        ZooException e = assertThrows(ZooException.class, () -> t.run(stages(model()), broken));
        assertEquals(ErrorCode.NOT_FINITE, e.code());
        assertTrue(e.getMessage().contains("NaN at step 3 of stage 'first'"), e.getMessage());
    }

    @Test
    void onlyTheStagesParametersMove() {
        Model m = model();
        TrainStage nothing = new TrainStage("none", m, SQUARE, p -> false, TrainStage.Optim.adamW(0.1), 1);
        ZooException e =
                assertThrows(ZooException.class, () -> new Trainer(TrainOptions.inMemory(), RunContext.quiet(1))
                        .run(List.of(nothing), DATA));
        assertTrue(e.getMessage().contains("trains no parameter"), e.getMessage());
        double[] before = m.params().param("unused").value().toDoubles();
        new Trainer(TrainOptions.inMemory(), RunContext.quiet(1)).run(stages(m), DATA);
        assertArrayEquals(before, m.params().param("unused").value().toDoubles());
    }

    @Test
    void aModelFileComesBackAndAForeignOneIsRefused(@TempDir Path dir) {
        Model m = model();
        ModelFile.write(dir.resolve("m.safetensors"), m);
        Model other = model();
        other.params().param("w").set(Tensor.zeros(DType.F32, 2, 3));
        ModelFile.load(dir.resolve("m.safetensors"), other);
        assertArrayEquals(
                m.params().param("w").value().toDoubles(),
                other.params().param("w").value().toDoubles());
        org.layerzoo.core.io.Safetensors.write(
                dir.resolve("bad.safetensors"), Tensors.of("v", Tensor.zeros(DType.F32, 1)), java.util.Map.of());
        ZooException e = assertThrows(ZooException.class, () -> ModelFile.load(dir.resolve("bad.safetensors"), other));
        assertTrue(e.getMessage().contains("unknown 'v'") && e.getMessage().contains("missing 'w'"), e.getMessage());
        assertFalse(dir.resolve(".m.safetensors.part").toFile().exists());
    }
}
