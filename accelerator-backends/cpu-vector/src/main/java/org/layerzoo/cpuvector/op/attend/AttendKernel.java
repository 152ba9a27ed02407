package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;

/**
 * Softmax attention in panels of rows by blocks of keys with a running maximum and sum: weights exist for one block at a time, and
 * blocks that no row sees are skipped.
 */
public final class AttendKernel implements Kernel<Attend> {
    @Override
    public Optional<String> refusal(Attend op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no tile for " + in.getFirst().dtype());
        }
        boolean softmax = op.norm() instanceof Normaliser.Softmax;
        boolean clip = ClipWeights.of(op.norm()).isPresent();
        if (!softmax && !clip && PointwiseWeights.of(op.norm()).isEmpty()) {
            return Optional.of("normaliser " + op.norm().getClass().getSimpleName());
        }
        if (!softmax && !op.wants().equals(Wants.nothing())) {
            return Optional.of("weights of a normaliser other than the softmax");
        }
        boolean factors = op.sections().stream().anyMatch(s -> !s.post().isEmpty());
        return factors && !op.wants().equals(Wants.nothing())
                ? Optional.of("weights that were multiplied behind the softmax")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(Attend op, List<Tensor> in) {
        List<TensorSpec> specs = op.infer(in.stream().map(Tensor::spec).toList());
        Tensor o = Tensor.allocate(specs.get(0));
        Optional<Tensor> lse = op.norm().hasLse() ? Optional.of(Tensor.allocate(specs.get(1))) : Optional.empty();
        ForwardPass pass = ForwardPass.of(op, in, o, lse);
        pass.run();
        ClipWeights.of(op.norm()).ifPresent(c -> pass.clipped(c).run());
        List<Tensor> out = new ArrayList<>(List.of(o));
        lse.ifPresent(out::add);
        if (specs.size() > 2) {
            int[] heads = op.heads().resolve(pass.heads(), pass.keyHeads());
            out.addAll(WeightSweep.run(op, pass.sections(), heads, in.getFirst(), lse.orElseThrow(), specs));
        }
        return List.copyOf(out);
    }

    /** Query heads that read each key head. */
    static List<List<Integer>> readers(int[] map, int keyHeads) {
        List<List<Integer>> out = new ArrayList<>();
        for (int k = 0; k < keyHeads; k++) {
            out.add(new ArrayList<>());
        }
        for (int h = 0; h < map.length; h++) {
            out.get(map[h]).add(h);
        }
        return out;
    }
}
