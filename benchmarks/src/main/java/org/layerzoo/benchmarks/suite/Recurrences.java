package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;
import static org.layerzoo.benchmarks.suite.Inputs.uniform;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.Tensor;

/**
 * Recurrences against their plain PyTorch form, a loop over tokens, compiled to TorchScript so that Python itself costs nothing. Tokens
 * are taken apart once: the gradient of a selection a token would fill a tensor of all tokens each time.
 */
final class Recurrences {
    private static final double LOOP = 10;
    private static final int T = 2048;

    private Recurrences() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(both(selectiveScan(), 5));
        rows.addAll(both(deltaRule(), 4));
        rows.addAll(both(gatedLinearAttention(), 4));
        return rows;
    }

    /** A row and its gradients to all of its inputs. */
    private static List<Row> both(Row forward, int inputs) {
        return List.of(
                forward,
                forward.backward(
                        forward.id() + "-backward",
                        forward.work() + ", forward and gradients",
                        LOOP,
                        () -> withCotangent(forward),
                        inputs));
    }

    /** Inputs of a row and a cotangent of its result, which has the values' shape (u, of the selective scan). */
    private static List<Tensor> withCotangent(Row forward) {
        List<Tensor> in = new ArrayList<>(forward.inputs().get());
        in.add(normal(
                "cotangent", in.get(in.getFirst().rank() == 3 ? 0 : 2).shape().dims()));
        return in;
    }

    /** {@code selective_scan_ref} of the authors: h_t = exp(dt A) h + dt B u, y_t = C h_t. */
    private static Row selectiveScan() {
        return Row.forward(
                "selective-scan",
                "Mamba's selective scan, T " + T + ", 1024 channels of 16 states",
                LOOP,
                () -> List.of(
                        normal("u", 1, T, 1024),
                        uniform("dt", 0.001, 0.1, 1, T, 1024),
                        uniform("a", -16, -1, 1024, 16),
                        normal("b", 1, T, 16),
                        normal("c", 1, T, 16)),
                x -> List.of(Fused.selectiveScan(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4))
                        .run()
                        .y()),
                """
                dt = torch.unsqueeze(x[1], 3)
                gain = torch.exp(torch.mul(dt, x[2]))
                input = torch.mul(torch.mul(dt, torch.unsqueeze(x[0], 3)), torch.unsqueeze(x[3], 2))
                h = torch.zeros_like(torch.select(input, 1, 0))
                ys = annotate(List[Tensor], [])
                gains = torch.unbind(gain, 1)
                news = torch.unbind(input, 1)
                cs = torch.unbind(x[4], 1)
                for t in range(%d):
                  h = torch.add(torch.mul(gains[t], h), news[t])
                  o = torch.einsum("ben,bn->be", [h, cs[t]])
                  _0 = torch.append(ys, o)
                y = torch.stack(ys, 1)
                """.formatted(T));
    }

    /** S_t = S_{t-1} + k_t (beta_t (v_t - k_t^T S_{t-1}))^T, o_t = q_t^T S_t, keys of length 1. */
    private static Row deltaRule() {
        return Row.forward(
                "delta-rule",
                "delta rule, T " + T + ", 8 heads of 64",
                LOOP,
                () -> {
                    List<Tensor> in = heads();
                    in.set(1, Fused.l2Norm(in.get(1), -1, 1e-6, Root.INSIDE));
                    in.add(uniform("beta", 0.1, 0.9, 1, 8, T));
                    return in;
                },
                x -> List.of(Fused.recur(x.get(0), x.get(1), x.get(2))
                        .delta(x.get(3))
                        .run()
                        .o()),
                loop("""
                        b = torch.unsqueeze(gates[t], 2)
                          u = torch.mul(b, torch.sub(v, torch.squeeze(torch.matmul(torch.unsqueeze(k, 2), s), 2)))
                          s = torch.add(s, torch.mul(torch.unsqueeze(k, 3), torch.unsqueeze(u, 2)))"""));
    }

    /** S_t = diag(exp g_t) S_{t-1} + k_t v_t^T, o_t = q_t^T S_t. */
    private static Row gatedLinearAttention() {
        return Row.forward(
                "gated-linear-attention",
                "gated linear attention, T " + T + ", 8 heads of 64",
                LOOP,
                () -> {
                    List<Tensor> in = heads();
                    in.add(uniform("g", -0.1, -0.001, 1, 8, T, 64));
                    return in;
                },
                x -> List.of(Fused.recur(x.get(0), x.get(1), x.get(2))
                        .key(x.get(3))
                        .run()
                        .o()),
                loop("""
                        g = torch.unsqueeze(torch.exp(gates[t]), 3)
                          s = torch.add(torch.mul(g, s), torch.mul(torch.unsqueeze(k, 3), torch.unsqueeze(v, 2)))"""));
    }

    /** A loop over tokens around {@code update}, which makes s of s, k and v. */
    private static String loop(String update) {
        return """
                s = torch.matmul(torch.unsqueeze(torch.zeros_like(torch.select(x[1], 2, 0)), 3), torch.unsqueeze(torch.select(x[2], 2, 0), 2))
                ys = annotate(List[Tensor], [])
                qs = torch.unbind(x[0], 2)
                ks = torch.unbind(x[1], 2)
                vs = torch.unbind(x[2], 2)
                gates = torch.unbind(x[3], 2)
                for t in range(%d):
                  q = qs[t]
                  k = ks[t]
                  v = vs[t]
                  %s
                  o = torch.squeeze(torch.matmul(torch.unsqueeze(q, 2), s), 2)
                  _0 = torch.append(ys, o)
                y = torch.stack(ys, 2)
                """.formatted(T, update);
    }

    private static List<Tensor> heads() {
        return new ArrayList<>(List.of(
                Ops.clamp(normal("q", 1, 8, T, 64), -3, 3), normal("k", 1, 8, T, 64), normal("v", 1, 8, T, 64)));
    }
}
