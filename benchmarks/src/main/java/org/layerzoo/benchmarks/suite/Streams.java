package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;

/** Norms and pointwise functions of 16M elements, which memory bounds. */
final class Streams {
    private static final int ROWS = 16384;
    private static final int WIDTH = 1024;

    private Streams() {}

    static List<Row> rows() {
        return List.of(
                Row.forward(
                        "layer-norm",
                        "layer norm of 16384x1024",
                        1,
                        () -> List.of(normal("x", ROWS, WIDTH), normal("w", WIDTH), normal("b", WIDTH)),
                        x -> List.of(Fused.layerNorm(x.get(0), x.get(1), x.get(2), 1e-5)),
                        "y = torch.layer_norm(x[0], [" + WIDTH + "], x[1], x[2], 1.0e-05)"),
                Row.forward(
                        "softmax",
                        "softmax of 16384x1024",
                        1,
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> List.of(Fused.softmax(x.getFirst(), -1)),
                        "y = torch.softmax(x[0], -1)"),
                Row.forward(
                        "gelu",
                        "GELU of 16M elements",
                        1,
                        () -> List.of(normal("x", ROWS, WIDTH)),
                        x -> List.of(Ops.gelu(x.getFirst())),
                        "y = torch.gelu(x[0])"),
                Row.forward(
                        "add-chain",
                        "a + b + c of 16M elements",
                        1,
                        () -> List.of(normal("a", ROWS, WIDTH), normal("b", ROWS, WIDTH), normal("c", ROWS, WIDTH)),
                        x -> List.of(x.get(0).add(x.get(1)).add(x.get(2))),
                        "y = torch.add(torch.add(x[0], x[1]), x[2])"),
                Row.forward(
                        "pointwise-chain",
                        "5 pointwise ops of 16M elements: sigmoid(a b + c) a + b",
                        2,
                        () -> List.of(normal("a", ROWS, WIDTH), normal("b", ROWS, WIDTH), normal("c", ROWS, WIDTH)),
                        x -> List.of(Ops.sigmoid(x.get(0).mul(x.get(1)).add(x.get(2)))
                                .mul(x.get(0))
                                .add(x.get(1))),
                        "y = torch.add(torch.mul(torch.sigmoid(torch.add(torch.mul(x[0], x[1]), x[2])), x[0]), x[1])"));
    }
}
