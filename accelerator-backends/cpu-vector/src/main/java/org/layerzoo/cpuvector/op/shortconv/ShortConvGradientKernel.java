package org.layerzoo.cpuvector.op.shortconv;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.dense.Activations;

/**
 * Gradients of {@link ShortConv}: with g_t = dy_t activation'(y_t before it) and rows r of the past and x together, dr_i = sum_j w_j g_(i-j) and
 * dw_j = sum_t g_t r_(t+j). A task has 128 channels of all samples, so that sums have one order, and goes 32 tokens at a time.
 */
public final class ShortConvGradientKernel implements Kernel<GradientOf> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int SPAN = 32;
    private static final int CHANNELS = 128;

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        ShortConv conv = (ShortConv) op.op();
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        boolean known = conv.activation() == Activation.NONE || conv.activation() == Activation.SILU;
        return known ? Optional.empty() : Optional.of("no loop for the derivative of " + conv.activation());
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        ShortConv conv = (ShortConv) op.op();
        int cotangents = op.inputs() + op.outputs();
        Tensor dy = op.given().contains(0)
                ? in.get(cotangents)
                : Tensor.zeros(in.get(op.inputs()).spec());
        Optional<Tensor> dLast = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        List<Tensor> args = in.subList(0, conv.longest() > 0 ? op.inputs() - 1 : op.inputs());
        List<Tensor> grads = conv.longest() > 0
                ? packed(conv, args, in.get(args.size()).toLongs(), dy, dLast)
                : gradients(conv, args, dy, dLast);
        return op.wanted().stream().map(grads::get).toList();
    }

    private static List<Tensor> packed(
            ShortConv conv, List<Tensor> args, long[] bounds, Tensor dy, Optional<Tensor> dLast) {
        ShortConv dense = new ShortConv(conv.bias(), conv.activation(), conv.initial(), 0);
        List<Tensor> grads = allocate(args);
        ShortConvKernel.samples(dense, args.size())
                .gradients(
                        args,
                        bounds,
                        Optional.of(dy),
                        dLast,
                        grads,
                        (x, y, last) -> gradients(dense, x, y.orElseThrow(), last));
        return grads;
    }

    private static List<Tensor> allocate(List<Tensor> like) {
        return like.stream().map(t -> Tensor.allocate(t.spec())).toList();
    }

    /** Of all inputs. */
    private static List<Tensor> gradients(ShortConv conv, List<Tensor> in, Tensor dy, Optional<Tensor> dLast) {
        List<Tensor> grads = allocate(in);
        Tensor x = in.getFirst();
        Call call = new Call(
                conv, in, dy, dLast, grads, x.dim(1), x.dim(2), in.get(1).dim(1));
        int blocks = (x.dim(2) + CHANNELS - 1) / CHANNELS;
        Workers.run(blocks, 4 * x.size() * call.taps, t -> {
            try (Loan loan = Loan.open()) {
                call.block(loan, t * CHANNELS);
            }
        });
        return grads;
    }

    private record Call(
            ShortConv conv,
            List<Tensor> in,
            Tensor dy,
            Optional<Tensor> dLast,
            List<Tensor> grads,
            int tokens,
            int channels,
            int taps) {
        private int past() {
            return taps - 1;
        }

        void block(Loan loan, int channel) {
            int width = Math.min(CHANNELS, channels - channel);
            int row = Width.roundUp(width);
            float[] w = loan.zeros(taps * row), dw = loan.zeros(taps * row);
            float[] b = loan.zeros(row), db = loan.zeros(row);
            for (int c = 0; c < width; c++) {
                for (int j = 0; j < taps; j++) {
                    w[j * row + c] = Floats.get(in.get(1).segment(), (long) (channel + c) * taps + j);
                }
            }
            if (conv.bias()) {
                Floats.load(in.get(2).segment(), channel, b, 0, width);
            }
            Span s = new Span(this, channel, width, row, w, b, dw, db, loan);
            for (int sample = 0; sample < in.getFirst().dim(0); sample++) {
                s.sample(sample);
            }
            for (int c = 0; c < width; c++) {
                for (int j = 0; j < taps; j++) {
                    Floats.set(grads.get(1).segment(), (long) (channel + c) * taps + j, dw[j * row + c]);
                }
            }
            if (conv.bias()) {
                Floats.store(db, 0, grads.get(2).segment(), channel, width);
            }
        }
    }

    /** The rows of a task's channels in some tokens. */
    private static final class Span {
        private final Call call;
        private final int channel;
        private final int width;
        private final int row;
        private final float[] w;
        private final float[] b;
        private final float[] dw;
        private final float[] db;
        private final float[] rows;
        private final float[] before;
        private final float[] slope;
        /** The cotangents of {@code past} tokens before the span's, and its own. */
        private final float[] g;

        private final float[] out;

        Span(Call call, int channel, int width, int row, float[] w, float[] b, float[] dw, float[] db, Loan loan) {
            this.call = call;
            this.channel = channel;
            this.width = width;
            this.row = row;
            this.w = w;
            this.b = b;
            this.dw = dw;
            this.db = db;
            int most = Math.max(SPAN, call.past());
            rows = loan.zeros((SPAN + call.past()) * row);
            before = loan.zeros(SPAN * row);
            slope = loan.zeros(SPAN * row);
            g = loan.zeros((most + call.past()) * row);
            out = loan.zeros(most * row);
        }

        void sample(int sample) {
            int past = call.past();
            Arrays.fill(g, 0, past * row, 0f);
            for (int t = 0; t < call.tokens; t += SPAN) {
                int count = Math.min(SPAN, call.tokens - t);
                for (int i = 0; i < count + past; i++) {
                    load(sample, t + i, i * row);
                }
                for (int i = 0; i < count; i++) {
                    long from = ((long) sample * call.tokens + t + i) * call.channels + channel;
                    Floats.load(call.dy.segment(), from, g, (past + i) * row, width);
                }
                if (call.conv.activation() == Activation.SILU) {
                    slopes(count);
                }
                weights(count);
                inputs(sample, t, count);
                System.arraycopy(g, count * row, g, 0, past * row);
            }
            Arrays.fill(g, past * row, 2 * past * row, 0f);
            inputs(sample, call.tokens, past);
        }

        /** Row i of the past and x together. */
        private void load(int sample, int i, int to) {
            int past = call.past();
            if (i >= past) {
                long from = ((long) sample * call.tokens + i - past) * call.channels + channel;
                Floats.load(call.in.getFirst().segment(), from, rows, to, width);
            } else if (call.conv.initial()) {
                long from = ((long) sample * past + i) * call.channels + channel;
                Floats.load(call.in.getLast().segment(), from, rows, to, width);
            } else {
                Arrays.fill(rows, to, to + width, 0f);
            }
        }

        /** g times the derivative s + v s (1 - s) of SiLU at v, s its sigmoid. */
        private void slopes(int count) {
            for (int i = 0; i < count; i++) {
                for (int c = 0; c < row; c += L) {
                    FloatVector v = fromArray(S, b, c);
                    for (int j = 0; j < call.taps; j++) {
                        v = fromArray(S, w, j * row + c).fma(fromArray(S, rows, (i + j) * row + c), v);
                    }
                    v.intoArray(before, i * row + c);
                    v.intoArray(slope, i * row + c);
                }
            }
            Activations.of(Activation.SIGMOID).orElseThrow().apply(slope, count * row);
            int own = call.past() * row;
            for (int i = 0; i < count * row; i += L) {
                FloatVector s = fromArray(S, slope, i), v = fromArray(S, before, i);
                FloatVector d = v.mul(s).fma(s.neg().add(1f), s);
                fromArray(S, g, own + i).mul(d).intoArray(g, own + i);
            }
        }

        private void weights(int count) {
            int own = call.past() * row;
            for (int c = 0; c < row; c += L) {
                FloatVector all = FloatVector.zero(S);
                for (int i = 0; i < count; i++) {
                    all = all.add(fromArray(S, g, own + i * row + c));
                }
                all.add(fromArray(S, db, c)).intoArray(db, c);
                for (int j = 0; j < call.taps; j++) {
                    FloatVector sum = FloatVector.zero(S);
                    for (int i = 0; i < count; i++) {
                        sum = fromArray(S, g, own + i * row + c).fma(fromArray(S, rows, (i + j) * row + c), sum);
                    }
                    sum.add(fromArray(S, dw, j * row + c)).intoArray(dw, j * row + c);
                }
            }
        }

        /** Gradients of rows t .. t + count - 1 of the past and x together. */
        private void inputs(int sample, int t, int count) {
            int past = call.past();
            for (int i = 0; i < count; i++) {
                for (int c = 0; c < row; c += L) {
                    FloatVector sum = FloatVector.zero(S);
                    for (int j = 0; j < call.taps; j++) {
                        sum = fromArray(S, w, j * row + c).fma(fromArray(S, g, (past + i - j) * row + c), sum);
                    }
                    sum.intoArray(out, i * row + c);
                }
                store(sample, t + i, i * row);
            }
        }

        private void store(int sample, int i, int at) {
            int past = call.past();
            if (i >= call.tokens && call.dLast.isPresent()) {
                long from = ((long) sample * past + i - call.tokens) * call.channels + channel;
                Floats.load(call.dLast.get().segment(), from, before, 0, width);
                for (int c = 0; c < row; c += L) {
                    fromArray(S, out, at + c).add(fromArray(S, before, c)).intoArray(out, at + c);
                }
            }
            if (i >= past) {
                long to = ((long) sample * call.tokens + i - past) * call.channels + channel;
                Floats.store(out, at, call.grads.getFirst().segment(), to, width);
            } else if (call.conv.initial()) {
                long to = ((long) sample * past + i) * call.channels + channel;
                Floats.store(out, at, call.grads.getLast().segment(), to, width);
            }
        }
    }
}
