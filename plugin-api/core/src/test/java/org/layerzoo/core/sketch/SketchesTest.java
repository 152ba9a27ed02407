package org.layerzoo.core.sketch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.KvModel;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;

/** The hardest sheets' sketches do run: what the SPI promises them holds. */
class SketchesTest {
    private static final Draws DRAWS = Draws.seeded(3);

    @Test
    void anInnerGradientHasAnOuterOneAndASecond() {
        Titans p = new Titans();
        Model m = Models.build(
                "titans", p, p.defaults(Size.TINY), Models.Options.of(1).with(DType.F64));
        Tensor x = DRAWS.normal("x", DType.F64, 1, 3, 8);
        double first = Exec.with(
                Reference.INSTANCE,
                () -> worst(GradCheck.check(
                        in -> List.of(m.forward(Tensors.of("x", in.getFirst()), Call.eval())
                                .get("y")),
                        List.of(x),
                        1)));
        assertTrue(first < 1e-6, "first order is off by " + first);
        double second = Exec.with(
                Reference.INSTANCE,
                () -> worst(GradCheck.second(
                        in -> List.of(m.forward(Tensors.of("x", in.getFirst()), Call.eval())
                                .get("y")),
                        List.of(x),
                        1)));
        assertTrue(second < 1e-5, "second order is off by " + second);
    }

    @Test
    void aPluginsOwnFusedOpHasAGradientAndAShape() {
        List<Tensor> in = List.of(
                DRAWS.uniform("m", DType.F64, 3, 2).mul(4),
                DRAWS.uniform("c", DType.F64, 3, 2),
                DRAWS.uniform("o", DType.F64, 3).mul(0.5),
                Tensor.of(new double[] {3, 1, 2}, 3));
        double e = Exec.with(
                Reference.INSTANCE,
                () -> worst(GradCheck.check(
                        t -> List.of(Mvgamba.render(List.of(t.get(0), t.get(1), t.get(2), in.get(3)), 4, 5)),
                        in.subList(0, 3),
                        1)));
        assertTrue(e < 1e-6, "gradient of the splat is off by " + e);
        List<Tensor> abstracts =
                in.stream().map(t -> Tensor.abstractOf(t.spec())).toList();
        Tensor image = Exec.with(ShapesOnly.INSTANCE, () -> Mvgamba.render(abstracts, 4, 5));
        assertEquals(TensorSpec.of(DType.F64, 4, 5, 2), image.spec());
    }

    @Test
    void aBudgetSharedByLayersIsForkedWithTheSession() {
        ActQkv session = new ActQkv(new KvModel(2, 2, 2, 4, 1, DType.F32));
        for (int layer = 0; layer < 2; layer++) {
            Qkv t = new Qkv(
                    normal("q" + layer),
                    normal("k" + layer),
                    normal("v" + layer),
                    DRAWS.normal("x", DType.F32, 1, 6, 8),
                    Qkv.Rotation.NONE,
                    0.5);
            assertTrue(Errors.finite(session.attend(layer, t, Call.eval())));
        }
        double left = session.shared().fixed("budget").get().item();
        assertTrue(left < 64);
        session.fork()
                .attend(
                        0,
                        new Qkv(
                                normal("a"),
                                normal("b"),
                                normal("c"),
                                DRAWS.normal("x", DType.F32, 1, 6, 8),
                                Qkv.Rotation.NONE,
                                0.5),
                        Call.eval());
        assertEquals(left, session.shared().fixed("budget").get().item());
    }

    @Test
    void hostSearchMeetsTheWindowByItsLogSumExp() {
        Tensor q = DRAWS.normal("hq", DType.F32, 1, 1, 1, 4);
        Tensor k = DRAWS.normal("hk", DType.F32, 1, 1, 12, 4);
        Tensor v = DRAWS.normal("hv", DType.F32, 1, 1, 12, 4);
        Tensor split = RetrievalAttention.attend(
                q, k.slice(2, 0, 8), v.slice(2, 0, 8), k.slice(2, 8, 12), v.slice(2, 8, 12), 8);
        Tensor whole = org.layerzoo.core.op.Fused.attend(q, k, v);
        assertTrue(Errors.relative(split, whole) < 1e-6);
    }

    @Test
    void membersThatAreAbsentAreListedAsAbsent() {
        var report = new SsmMedicalSurvey().compare(new SsmMedicalSurvey.Config(8), Catalog.EMPTY, RunContext.quiet(1));
        Block.Table t = (Block.Table) report.blocks().getFirst();
        assertEquals(
                List.of("absent", "absent", "absent"),
                t.rows().stream().map(r -> r.get(2)).toList());
    }

    @Test
    void aMaskedSelectionStopsTheGradientWhereTheTeacherSpeaks() {
        Sea sea = new Sea(new Sea.Config(
                new Sea.Estimator(4, 4),
                new Sea.Selection(2, Sea.Selection.Over.HEADS_AND_ROWS),
                new Sea.Losses(1, 1)));
        Tensor q = DRAWS.normal("sq", DType.F32, 1, 2, 5, 4);
        Tensor teacher = DRAWS.uniform("t", DType.F32, 1, 2, 5, 5);
        var aux = org.layerzoo.core.layer.Aux.collecting("estimated");
        Tape tape = new Tape().watch(q, teacher);
        Tensor loss = tape.record(() -> {
            sea.forward(
                    Tensors.of("q", q, "k", DRAWS.normal("sk", DType.F32, 1, 2, 5, 4), "v", q)
                            .with("teacher_map", teacher),
                    Call.eval().with(aux));
            return aux.addTo(org.layerzoo.core.layer.Aux.zero(DType.F32));
        });
        List<Tensor> g = tape.gradient(loss, List.of(q, teacher));
        assertTrue(Errors.norm(g.get(0)) > 0);
        assertEquals(0, Errors.norm(g.get(1)));
        assertEquals(Optional.of(4), aux.ports().find("estimated").map(Tensor::rank));
    }

    private static Tensor normal(String name) {
        return DRAWS.normal(name, DType.F32, 1, 2, 6, 4);
    }

    private static double worst(double[] errors) {
        double w = 0;
        for (double e : errors) {
            w = Math.max(w, e);
        }
        return w;
    }
}
