package org.layerzoo.train.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class OptimizerTest {
    private final ParamTree tree = new ParamTree(Draws.seeded(1), DType.F64);

    private Param param(String name, double value, Param.Attr... attributes) {
        return tree.root().weight(name, org.layerzoo.core.tensor.Shape.of(1), Init.constant(value), attributes);
    }

    private static TrainStage.Optim optim(String name, double decay) {
        return new TrainStage.Optim(name, 0.1, decay, 0, "constant", 0);
    }

    private static void step(Optimizer o, double g, double rate) {
        o.step(o.params().stream().map(p -> Tensor.of(new double[] {g}, 1)).toList(), 1, rate);
    }

    @Test
    void adamWFollowsItsFormula() {
        Param p = param("w", 2);
        Optimizer o = Optimizer.of(optim("adamw:beta1=0.8,beta2=0.9,eps=0.01", 0.5), List.of(p));
        double w = 2;
        double m = 0;
        double v = 0;
        double[] gradients = {1.5, -0.25, 3};
        for (int t = 1; t <= 3; t++) {
            double g = gradients[t - 1];
            step(o, g, 0.1);
            w = w - 0.1 * 0.5 * w;
            m = 0.8 * m + 0.2 * g;
            v = 0.9 * v + 0.1 * g * g;
            w = w - 0.1 * (m / (1 - Math.pow(0.8, t))) / (Math.sqrt(v / (1 - Math.pow(0.9, t))) + 0.01);
            assertEquals(w, p.value().item(), 1e-12);
        }
    }

    @Test
    void momentumAndNesterovFollowTheirFormulas() {
        Param plain = param("plain", 1);
        Param ahead = param("ahead", 1);
        Optimizer a = Optimizer.of(optim("sgd:momentum=0.5", 0.1), List.of(plain));
        Optimizer b = Optimizer.of(optim("nesterov:momentum=0.5", 0.1), List.of(ahead));
        step(a, 2, 0.1);
        step(b, 2, 0.1);
        assertEquals(1 - 0.1 * 2.1, plain.value().item(), 1e-12);
        assertEquals(1 - 0.1 * (2.1 + 0.5 * 2.1), ahead.value().item(), 1e-12);
        step(a, 2, 0.1);
        assertEquals(0.79 - 0.1 * (0.5 * 2.1 + 2 + 0.079), plain.value().item(), 1e-12);
    }

    @Test
    void attributesRuleDecayRateAndRange() {
        Param still = param("still", 1, new Param.Attr.NoDecay());
        Param slow = param("slow", 1, new Param.Attr.LrMax(0.01));
        Param half = param("half", 1, new Param.Attr.LrScale(0.5));
        Param boxed = param("boxed", 1, new Param.Attr.Box(0.95, 2));
        Optimizer o = Optimizer.of(optim("sgd", 1), List.of(still, slow, half, boxed));
        step(o, 0, 0.1);
        assertEquals(1, still.value().item());
        assertEquals(0.99, slow.value().item(), 1e-12);
        assertEquals(0.95, half.value().item(), 1e-12);
        assertEquals(0.95, boxed.value().item(), 1e-12);
    }

    @Test
    void stateIsHeldOnlyForTheParametersGiven() {
        Param p = param("w", 1);
        param("frozen", 1, new Param.Attr.Frozen());
        assertEquals(16, Optimizer.of(optim("adamw", 0), List.of(p)).bytes());
        assertEquals(0, Optimizer.of(optim("sgd", 0), List.of(p)).bytes());
    }

    @Test
    void clippingScalesTheJointNorm() {
        List<Tensor> g = List.of(Tensor.of(new double[] {3}, 1), Tensor.of(new double[] {0, 4}, 2));
        assertEquals(5, GradientClip.norm(g), 1e-12);
        assertEquals(0.2, GradientClip.scale(5, 1), 1e-12);
        assertEquals(1, GradientClip.scale(0.5, 1));
        assertEquals(1, GradientClip.scale(5, 0));
    }

    @Test
    void schedulesHaveTheirValues() {
        assertEquals(0.25, schedule("constant", 4).factor(0), 1e-12);
        assertEquals(1, schedule("constant", 4).factor(3), 1e-12);
        assertEquals(0.5, schedule("linear", 0).factor(50), 1e-12);
        assertEquals(0, schedule("linear", 0).factor(100), 1e-12);
        assertEquals(0.1 + 0.9 * 0.5, schedule("cosine:floor=0.1", 0).factor(50), 1e-12);
        assertEquals(0.1, schedule("cosine:floor=0.1", 0).factor(100), 1e-12);
        assertEquals(0.5 / Math.sqrt(4), schedule("rsqrt", 4).factor(1), 1e-12);
        assertEquals(1 / 5.0, schedule("rsqrt", 4).factor(24), 1e-12);
        assertEquals(2 / 5.0, schedule("inverse-sqrt", 4).factor(24), 1e-12);
    }

    private static Schedule schedule(String name, int warmup) {
        return Schedule.of(new TrainStage.Optim("sgd", 1, 0, 0, name, warmup), 101);
    }

    @Test
    void unknownNamesAreRefusedWithWhatThereIs() {
        assertTrue(assertThrows(ZooException.class, () -> Optimizer.of(optim("lion", 0), List.of()))
                .getMessage()
                .contains("adamw, sgd or nesterov"));
        assertTrue(assertThrows(ZooException.class, () -> Optimizer.of(optim("adamw:beta3=1", 0), List.of()))
                .getMessage()
                .contains("beta3"));
        assertTrue(assertThrows(ZooException.class, () -> Optimizer.of(optim("adamw:eps", 0), List.of()))
                .getMessage()
                .contains("key=number"));
        assertTrue(assertThrows(ZooException.class, () -> schedule("step", 0))
                .getMessage()
                .contains("inverse-sqrt"));
    }
}
