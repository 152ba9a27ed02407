package org.layerzoo.benchmarks.libtorch;

import java.util.List;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.TensorSpec;

/** The plain PyTorch form of recurrences: a loop over tokens. Names end in the result's, so that a program may hold several. */
final class Loops {
    private Loops() {}

    /** h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t, y_t = C_t h_t + D u_t, times silu(z_t). */
    static String selectiveScan(SelectiveScan s, List<String> in, List<TensorSpec> specs, String out) {
        int next = 5;
        String dt = in.get(1);
        if (s.deltaBias()) {
            dt = "torch.add(%s, %s)".formatted(dt, in.get(next++));
        }
        if (s.softplus()) {
            dt = "torch.softplus(" + dt + ")";
        }
        String y = "torch.stack(ys_%s, 1)".formatted(out);
        if (s.skip()) {
            y = "torch.add(%s, torch.mul(%s, %s))".formatted(y, in.getFirst(), in.get(next++));
        }
        if (s.gate()) {
            y = "torch.mul(%s, torch.silu(%s))".formatted(y, in.get(next));
        }
        return """
                dt_@ = torch.unsqueeze(%s, 3)
                gain_@ = torch.exp(torch.mul(dt_@, %s))
                input_@ = torch.mul(torch.mul(dt_@, torch.unsqueeze(%s, 3)), %s)
                h_@ = torch.zeros_like(torch.select(input_@, 1, 0))
                c_@ = torch.select(%s, 2, 0)
                ys_@ = annotate(List[Tensor], [])
                for t in range(%d):
                  h_@ = torch.add(torch.mul(torch.select(gain_@, 1, t), h_@), torch.select(input_@, 1, t))
                  o_@ = torch.einsum("ben,bn->be", [h_@, torch.select(c_@, 1, t)])
                  _0 = torch.append(ys_@, o_@)
                @ = %s""".formatted(
                        dt,
                        in.get(2),
                        in.getFirst(),
                        in.get(3),
                        in.get(4),
                        specs.getFirst().shape().dim(1),
                        y)
                .replace("@", out);
    }

    /** S_t = gate(S_{t-1}) + k_t u_t^T, o_t = scale q_t^T S_t. */
    static String recurrence(Recur r, List<String> in, List<TensorSpec> specs, String out) {
        StringBuilder update = new StringBuilder();
        Gate gate = r.gate();
        if (FusedOps.decays(gate)) {
            boolean delta = gate instanceof Gate.Delta;
            String g = in.get(delta ? 4 : 3);
            update.append("  s_@ = torch.mul(s_@, torch.exp(%s))%n".formatted(decay(gate, g)));
        }
        String u = "v_@";
        if (gate instanceof Gate.Delta) {
            u = "u_@";
            update.append(
                    "  u_@ = torch.mul(torch.unsqueeze(torch.select(%s, 2, t), 2), torch.sub(v_@, torch.squeeze(torch.matmul(torch.unsqueeze(k_@, 2), s_@), 2)))%n"
                            .formatted(in.get(3)));
        }
        update.append(
                "  s_@ = torch.add(s_@, torch.mul(torch.unsqueeze(k_@, 3), torch.unsqueeze(%s, 2)))".formatted(u));
        return """
                s_@ = torch.matmul(torch.unsqueeze(torch.zeros_like(torch.select(%2$s, 2, 0)), 3), torch.unsqueeze(torch.select(%3$s, 2, 0), 2))
                ys_@ = annotate(List[Tensor], [])
                for t in range(%4$d):
                  q_@ = torch.select(%1$s, 2, t)
                  k_@ = torch.select(%2$s, 2, t)
                  v_@ = torch.select(%3$s, 2, t)
                %5$s
                  o_@ = torch.squeeze(torch.matmul(torch.unsqueeze(q_@, 2), s_@), 2)
                  _0 = torch.append(ys_@, o_@)
                @ = torch.mul(torch.stack(ys_@, 2), %6$s)""".formatted(
                        in.get(0),
                        in.get(1),
                        in.get(2),
                        specs.getFirst().shape().dim(2),
                        update,
                        Translation.number(r.scale()))
                .replace("@", out);
    }

    /** The logarithm of the gate at token t, broadcast over a state [B, H, dk, dv]. */
    private static String decay(Gate gate, String g) {
        String now = "torch.select(%s, 2, t)".formatted(g);
        return switch (gate) {
            case Gate.PerHead p -> "torch.reshape(%s, [1, -1, 1, 1])".formatted(g);
            case Gate.Key k -> "torch.unsqueeze(%s, 3)".formatted(now);
            case Gate.Value v -> "torch.unsqueeze(%s, 2)".formatted(now);
            case Gate.Scalar s -> "torch.unsqueeze(torch.unsqueeze(%s, 2), 3)".formatted(now);
            case Gate.Delta d -> "torch.unsqueeze(torch.unsqueeze(%s, 2), 3)".formatted(now);
            case Gate.None n -> throw new IllegalArgumentException("no gate");
        };
    }
}
