package org.layerzoo.cpuvector.op.shortconv;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.PackedSamples;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.dense.Activations;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;

/** Depthwise causal convolution of few taps: one vector lane a channel, 64 tokens of 256 channels a task. */
public final class ShortConvKernel implements Kernel<ShortConv> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int SPAN = 64;
    private static final int CHANNELS = 256;

    @Override
    public Optional<String> refusal(ShortConv op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(ShortConv op, List<Tensor> in) {
        List<TensorSpec> specs = op.infer(in.stream().map(Tensor::spec).toList());
        if (op.longest() > 0) {
            return packed(op, in, Tensor.allocate(specs.get(0)), Tensor.allocate(specs.get(1)));
        }
        Call call = new Call(
                op,
                in,
                Tensor.allocate(specs.get(0)),
                Tensor.allocate(specs.get(1)),
                in.get(1).toFloats());
        Tensor x = in.getFirst();
        int spans = (x.dim(1) + SPAN - 1) / SPAN;
        int blocks = (x.dim(2) + CHANNELS - 1) / CHANNELS;
        Workers.run(x.dim(0) * spans * blocks, x.size() * in.get(1).dim(1), t -> {
            try (Loan loan = Loan.open()) {
                call.block(loan, t / (spans * blocks), t / blocks % spans * SPAN, t % blocks * CHANNELS);
            }
        });
        for (int b = 0; b < x.dim(0); b++) {
            call.last(b);
        }
        return List.of(call.y, call.last);
    }

    private List<Tensor> packed(ShortConv op, List<Tensor> in, Tensor y, Tensor last) {
        ShortConv dense = new ShortConv(op.bias(), op.activation(), op.initial(), 0);
        List<Tensor> args = in.subList(0, in.size() - 1);
        samples(dense, args.size()).run(args, in.getLast().toLongs(), y, last, part -> run(dense, part));
        return List.of(y, last);
    }

    /** @param inputs without the bounds */
    static PackedSamples samples(ShortConv op, int inputs) {
        List<Boolean> tokens = IntStream.range(0, inputs).mapToObj(i -> i == 0).toList();
        return new PackedSamples(1, tokens, op.initial() ? inputs - 1 : -1);
    }

    private record Call(ShortConv op, List<Tensor> in, Tensor y, Tensor last, float[] w) {
        private int taps() {
            return in.get(1).dim(1);
        }

        /** Row t of the sequence with its past in front; before the beginning lies the state or 0. */
        private void row(int sample, int t, int channel, float[] to, int at, int width) {
            Tensor x = in.getFirst();
            int channels = x.dim(2);
            if (t >= 0) {
                Floats.load(x.segment(), ((long) sample * x.dim(1) + t) * channels + channel, to, at, width);
            } else if (op.initial()) {
                MemorySegment s = in.get(op.bias() ? 3 : 2).segment();
                Floats.load(s, ((long) sample * (taps() - 1) + t + taps() - 1) * channels + channel, to, at, width);
            } else {
                java.util.Arrays.fill(to, at, at + width, 0f);
            }
        }

        void block(Loan loan, int sample, int from, int channel) {
            Tensor x = in.getFirst();
            int count = Math.min(SPAN, x.dim(1) - from);
            int width = Math.min(CHANNELS, x.dim(2) - channel);
            int row = Width.roundUp(width);
            float[] rows = loan.zeros((count + taps() - 1) * row);
            for (int t = 0; t < count + taps() - 1; t++) {
                row(sample, from + t - taps() + 1, channel, rows, t * row, width);
            }
            float[] out = loan.zeros(count * row);
            if (op.bias()) {
                for (int t = 0; t < count; t++) {
                    Floats.load(in.get(2).segment(), channel, out, t * row, width);
                }
            }
            float[] tap = loan.zeros(row);
            for (int j = 0; j < taps(); j++) {
                for (int c = 0; c < width; c++) {
                    tap[c] = w[(channel + c) * taps() + j];
                }
                for (int t = 0; t < count; t++) {
                    multiplyAdd(tap, rows, (t + j) * row, out, t * row, row);
                }
            }
            Optional<UnaryLoops.Loop> activation = Activations.of(op.activation());
            activation.ifPresent(l -> l.apply(out, count * row));
            for (int t = 0; t < count; t++) {
                Floats.store(
                        out, t * row, y.segment(), ((long) sample * x.dim(1) + from + t) * x.dim(2) + channel, width);
            }
        }

        /** The inputs that the next call begins with. */
        void last(int sample) {
            Tensor x = in.getFirst();
            int past = taps() - 1;
            float[] line = new float[x.dim(2)];
            for (int i = 0; i < past; i++) {
                row(sample, x.dim(1) - past + i, 0, line, 0, line.length);
                Floats.store(line, 0, last.segment(), ((long) sample * past + i) * line.length, line.length);
            }
        }
    }

    private static void multiplyAdd(float[] w, float[] x, int at, float[] y, int to, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, w, i)
                    .fma(fromArray(S, x, at + i), fromArray(S, y, to + i))
                    .intoArray(y, to + i);
        }
    }
}
