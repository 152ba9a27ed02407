package org.layerzoo.benchmarks.libtorch;

import java.util.List;
import java.util.stream.Collectors;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.runner.job.bench.Recording;

/** A recording as a TorchScript program: one statement an op, values named v0, v1, ... */
final class Translation {
    private final Recording recording;
    private final StringBuilder code = new StringBuilder();

    private Translation(Recording recording) {
        this.recording = recording;
    }

    /** @throws ZooException UNSUPPORTED naming an op that has no counterpart */
    static String of(Recording recording) {
        Translation t = new Translation(recording);
        for (int i = 0; i < recording.leaves().size(); i++) {
            t.code.append("v%d = x[%d]%n".formatted(i, i));
        }
        recording.steps().forEach(t::step);
        return t.end();
    }

    private void step(Recording.Step s) {
        List<String> in = s.in().stream().map(i -> "v" + i).toList();
        Op op = s.op();
        String out = "v" + s.out().getFirst();
        if (op instanceof Primitive p) {
            code.append(out)
                    .append(" = ")
                    .append(Primitives.expression(p, in, s.inSpecs(), s.outSpecs()))
                    .append('\n');
        } else {
            // Results that no later op reads need not be there.
            List<Integer> further =
                    s.out().stream().skip(1).filter(this::isRead).toList();
            code.append(FusedOps.statements(op, in, s.inSpecs(), out, !further.isEmpty()))
                    .append('\n');
        }
    }

    private boolean isRead(int value) {
        return recording.outputs().contains(value) || recording.steps().stream().anyMatch(s -> s.in().contains(value));
    }

    private String end() {
        String outputs = recording.outputs().stream().map(i -> "v" + i).collect(Collectors.joining(", "));
        if (recording.gradients() == 0) {
            return code + "return [" + outputs + "]";
        }
        return code + Gradients.of(outputs, recording.gradients(), "torch.ones_like");
    }

    static ZooException missing(String what) {
        return ZooException.unsupported("LibTorch is not asked for " + what);
    }

    /** "[1, 2]". */
    static String list(int[] values) {
        return java.util.Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    /** A number as TorchScript reads floats. */
    static String number(double v) {
        if (Double.isInfinite(v)) {
            return v > 0 ? "inf" : "-inf";
        }
        return Double.toString(v).replace("E", "e");
    }

    static int rank(TensorSpec s) {
        return s.shape().rank();
    }
}
