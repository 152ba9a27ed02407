package org.layerzoo.plugins.agentattention.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig.Form;
import org.layerzoo.plugins.agentattention.AgentAttentionProvider;
import org.layerzoo.plugins.agentattention.AgentCore;

/** The Checks of the agent attention sheet. */
public final class AgentAttentionChecks {
    private AgentAttentionChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: one agent gives every query the same row", AgentAttentionChecks::oneAgent),
                new Check("check-2: row-stochastic, in the hull of the values", AgentAttentionChecks::stochastic),
                new Check("check-3: equals the explicit matrix of rank n", AgentAttentionChecks::explicit),
                new Check("check-4: worked example with d = 1", AgentAttentionChecks::worked),
                new Check("check-5: the order of agents does not matter", AgentAttentionChecks::agentOrder),
                new Check(
                        "check-6: token-permutation equivariance with a global mean", AgentAttentionChecks::tokenOrder),
                new Check("check-7: without biases and convolution equals the core", AgentAttentionChecks::bare),
                new Check("check-8: maps that do not divide into bins", AgentAttentionChecks::unevenBins),
                new Check("mechanism: agents without training", AgentAttentionChecks::trainingFree));
    }

    private static AgentCore draw(CheckContext c, int queries, int agents, int keys, int d) {
        return AgentCore.of(
                c.normal64("q", 1, 1, queries, d),
                c.normal64("a", 1, 1, agents, d),
                c.normal64("k", 1, 1, keys, d),
                c.normal64("v", 1, 1, keys, d));
    }

    private static void oneAgent(CheckContext c) {
        AgentCore x = draw(c, 19, 1, 19, 6);
        Tensor mean = x.q().mean(2).unsqueeze(2);
        Tensor o = AgentCore.of(x.q(), mean, x.k(), x.v()).output();
        double[][] row = NaiveAgents.product(
                NaiveAgents.weights(NaiveAgents.rows(mean), NaiveAgents.rows(x.k())), NaiveAgents.rows(x.v()));
        c.close("every row", o, NaiveAgents.tensor(row).expand(1, 1, 19, 6), 1e-10);
    }

    private static void stochastic(CheckContext c) {
        Tensor q = c.normal("q", 2, 3, 29, 8);
        Tensor a = c.normal("a", 2, 3, 4, 8);
        Tensor k = c.normal("k", 2, 3, 31, 8);
        Tensor ones = Tensor.ones(DType.F32, 2, 3, 31, 8);
        c.close("values of one", AgentCore.of(q, a, k, ones).output(), Tensor.ones(DType.F32, 2, 3, 29, 8), 1e-6);
        Tensor v = c.normal("v", 2, 3, 31, 8);
        Tensor o = AgentCore.of(q, a, k, v).output();
        // A point of the hull lies within the values' range along every direction.
        for (int i = 0; i < 20; i++) {
            Tensor u = c.normal("u" + i, 8, 1);
            Tensor along = v.matmul(u);
            Tensor out = o.matmul(u);
            boolean inside = Ops.all(out.le(along.maxKeep(2).add(1e-5))
                            .and(out.ge(along.neg().maxKeep(2).neg().sub(1e-5))))
                    .toBooleans()[0];
            c.isTrue("outputs along direction " + i + " lie between the values", inside);
        }
    }

    private static void explicit(CheckContext c) {
        AgentCore x = draw(c, 23, 4, 17, 6);
        double[][] p =
                NaiveAgents.mixing(NaiveAgents.rows(x.q()), NaiveAgents.rows(x.agents()), NaiveAgents.rows(x.k()));
        c.close("P V", x.output(), NaiveAgents.tensor(NaiveAgents.product(p, NaiveAgents.rows(x.v()))), 1e-10);
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, 17), 17, DType.F64).reshape(1, 1, 17, 17);
        Tensor ours = AgentCore.of(x.q(), x.agents(), x.k(), eye).output();
        c.close("P from values that are the identity", ours, NaiveAgents.tensor(p), 1e-10);
        c.equal("rank of P", NaiveAgents.rank(NaiveAgents.rows(ours), 1e-10), 4);
    }

    private static void worked(CheckContext c) {
        Tensor q = column(1, 2, 0);
        Tensor k = column(1, 0, -1);
        Tensor v = column(1, 2, 3);
        AgentCore two = AgentCore.of(q, column(1.5, 0), k, v);
        c.close("V_A", two.gathered(), column(1.253516, 2.0), 1e-6);
        c.close("O", two.output(), column(1.389693, 1.288918, 1.626758), 1e-6);
        c.close(
                "O of one agent",
                AgentCore.of(q, column(1), k, v).output(),
                column(1.424790, 1.424790, 1.424790),
                1e-6);
    }

    private static Tensor column(double... values) {
        return Tensor.of(DType.F64, values, 1, 1, values.length, 1);
    }

    private static void agentOrder(CheckContext c) {
        AgentCore x = draw(c, 11, 5, 13, 4);
        Tensor b1 = c.normal64("b1", 1, 1, 5, 13);
        Tensor b2 = c.normal64("b2", 1, 1, 11, 5);
        Tensor order = c.draws().permutation("order", 5);
        Tensor plain = new AgentCore(x.q(), x.agents(), x.k(), x.v(), Optional.of(b1), Optional.of(b2)).output();
        AgentCore moved = new AgentCore(
                x.q(),
                Ops.indexSelect(x.agents(), 2, order),
                x.k(),
                x.v(),
                Optional.of(Ops.indexSelect(b1, 2, order)),
                Optional.of(Ops.indexSelect(b2, 3, order)));
        c.close("outputs with agents in another order", moved.output(), plain, 1e-12);
    }

    /** A layer in F64 on an h x w map whose biases and convolution are zero. */
    private static Model bareModel(CheckContext c, int heads, int agents, int h, int w) {
        AgentAttentionConfig config = new AgentAttentionConfig(8, heads, agents, true, new Form.Grid(h, w, 1));
        Model m = Models.build(
                "",
                new AgentAttentionProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        m.params().params().values().stream()
                .filter(p -> p.path().startsWith("dwc") || p.path().endsWith("_bias"))
                .forEach(p -> p.set(Ops.zerosLike(p.value())));
        return m;
    }

    private static void tokenOrder(CheckContext c) {
        Model m = bareModel(c, 2, 1, 3, 5);
        Tensor x = c.normal64("x", 2, 15, 8);
        Tensor order = c.draws().permutation("order", 15);
        Tensor y = m.forward(Tensors.of("x", x), Call.eval()).get("y");
        Tensor moved = m.forward(Tensors.of("x", Ops.indexSelect(x, 1, order)), Call.eval())
                .get("y");
        c.close("permuted tokens", moved, Ops.indexSelect(y, 1, order), 1e-12);
    }

    private static void bare(CheckContext c) {
        Model m = bareModel(c, 2, 4, 4, 6);
        equalsNaive(c, m, 4, 6, 2);
        Tensor q = c.normal64("q", 1, 1, 24, 4);
        Tensor k = c.normal64("k", 1, 1, 24, 4);
        Tensor v = c.normal64("v", 1, 1, 24, 4);
        Tensor cot = c.normal64("cot", 1, 1, 24, 4);
        Tensor g = gradient(q, k, v, cot, false);
        Tensor u = c.normal64("u", 1, 1, 24, 4);
        double numeric = NaiveAgents.slope(
                e -> pooled(q.add(u.mul(e)), k, v, false).mul(cot).sum().item());
        c.close("gradient to Q along a direction", g.mul(u).sum().item(), numeric, 1e-7);
        Tensor direct = gradient(q, k, v, cot, true);
        c.isTrue("the path through the agents counts", org.layerzoo.core.op.Errors.relative(direct, g) > 1e-3);
    }

    private static Tensor gradient(Tensor q, Tensor k, Tensor v, Tensor cot, boolean stopAgents) {
        Tape tape = new Tape().watch(List.of(q));
        Tensor o = tape.record(() -> pooled(q, k, v, stopAgents));
        return tape.gradient(List.of(o), List.of(cot), List.of(q)).getFirst();
    }

    /** The core with agents that are 2 x 2 means of a 4 x 6 map of queries. */
    private static Tensor pooled(Tensor q, Tensor k, Tensor v, boolean stopAgents) {
        Tensor map = q.reshape(1, 24, 4).permute(0, 2, 1).reshape(1, 4, 4, 6);
        Tensor agents = Spatial.adaptiveAvgPool(map, 2, 2)
                .reshape(1, 4, 4)
                .permute(0, 2, 1)
                .reshape(1, 1, 4, 4);
        return AgentCore.of(q, stopAgents ? Ops.stop(agents) : agents, k, v).output();
    }

    /** Against loops, a head; with too few tokens for the agents plain attention. */
    private static void trainingFree(CheckContext c) {
        for (int n : new int[] {3, 5}) {
            Form form = new Form.TrainingFree(0.3, 0.075);
            Model m = Models.build(
                    "",
                    new AgentAttentionProvider(),
                    new AgentAttentionConfig(8, 2, n, false, form),
                    Models.Options.of(c.draws().seed()).with(DType.F64));
            Tensor x = c.normal64("x" + n, 1, 10, 8);
            Tensor merged = c.normal64("merged" + n, 1, n, 8);
            List<Tensor> o = new ArrayList<>();
            for (int h = 0; h < 2; h++) {
                double[][] q = projected(m, "to_q", x, h);
                double[][] k = projected(m, "to_k", x, h);
                double[][] v = projected(m, "to_v", x, h);
                double[][] a = projected(m, "to_q", merged, h);
                Tensor plain = NaiveAgents.tensor(NaiveAgents.product(NaiveAgents.weights(q, k), v));
                // softmax(Q A^T d^(-0.3/2)) by queries times d^(1/2 - 0.3/2), which the usual scale then divides.
                double factor = Math.pow(4, 0.5 - 0.5 * 0.3);
                double[][] turned = NaiveAgents.rows(NaiveAgents.tensor(q).mul(factor));
                double[][] values = NaiveAgents.product(NaiveAgents.weights(a, k), v);
                Tensor agents = NaiveAgents.tensor(NaiveAgents.product(NaiveAgents.weights(turned, a), values))
                        .add(NaiveAgents.tensor(v).mul(0.075));
                o.add(2 * n < 10 ? agents : plain);
            }
            Tensor y = Ops.concat(3, o)
                    .reshape(1, 10, 8)
                    .matmulT(m.params().param("to_out.0.weight").value())
                    .add(m.params().param("to_out.0.bias").value());
            Tensor ours =
                    m.forward(Tensors.of("x", x, "merged", merged), Call.eval()).get("y");
            c.close(n + " agents of 10 tokens", ours, y, 1e-10);
        }
    }

    private static double[][] projected(Model m, String name, Tensor x, int head) {
        Tensor y = x.matmulT(m.params().param(name + ".weight").value());
        return NaiveAgents.rows(y.slice(2, 4 * head, 4 * head + 4));
    }

    private static void unevenBins(CheckContext c) {
        equalsNaive(c, bareModel(c, 1, 9, 5, 7), 5, 7, 3);
        equalsNaive(c, bareModel(c, 2, 4, 3, 5), 3, 5, 2);
        equalsNaive(c, bareModel(c, 2, 9, 2, 4), 2, 4, 3);
    }

    /** The whole layer against loops: projections, bins, the explicit matrix of each head, output projection. */
    private static void equalsNaive(CheckContext c, Model m, int h, int w, int g) {
        int heads = ((AgentAttentionConfig) m.config()).heads();
        Tensor x = c.normal64("x" + h + w, 1, h * w, 8);
        double[][] q = NaiveAgents.linear(
                NaiveAgents.rows(x),
                m.params().param("q.weight").value(),
                m.params().param("q.bias").value());
        double[][] kv = NaiveAgents.linear(
                NaiveAgents.rows(x),
                m.params().param("kv.weight").value(),
                m.params().param("kv.bias").value());
        int d = 8 / heads;
        List<Tensor> o = new ArrayList<>();
        for (int i = 0; i < heads; i++) {
            double[][] qh = NaiveAgents.columns(q, i * d, (i + 1) * d);
            double[][] kh = NaiveAgents.columns(kv, i * d, (i + 1) * d);
            double[][] vh = NaiveAgents.columns(kv, 8 + i * d, 8 + (i + 1) * d);
            o.add(NaiveAgents.tensor(
                    NaiveAgents.product(NaiveAgents.mixing(qh, NaiveAgents.pool(qh, h, w, g), kh), vh)));
        }
        double[][] y = NaiveAgents.linear(
                NaiveAgents.rows(Ops.concat(3, o)),
                m.params().param("proj.weight").value(),
                m.params().param("proj.bias").value());
        Tensor ours = m.forward(Tensors.of("x", x), Call.eval()).get("y");
        c.close(
                "layer on " + h + " x " + w + " with " + g + " x " + g + " agents",
                ours,
                NaiveAgents.tensor(y).reshape(1, h * w, 8),
                1e-10);
    }
}
