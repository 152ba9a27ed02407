package org.layerzoo.core.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.dense.NewtonInverse;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.op.loss.Crf;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.Ctc;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.rnn.Gru;
import org.layerzoo.core.op.rnn.Lstm;
import org.layerzoo.core.op.rnn.RnnWeights;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.Tensor;

/**
 * Functions on tensors that are one fused op each; the meaning stands at the op's record. Axes may be negative. Ops with
 * many options have builders: {@link #attend(Tensor)}, {@link #recur}, {@link #selectiveScan}, {@link #shortConv}.
 */
public final class Fused {
    private Fused() {}

    // ---- softmax and norms

    /** A row of -inf gives 0. */
    public static Tensor softmax(Tensor x, int axis) {
        return Ops.one(new Softmax(x.shape().axis(axis), false, false, Softmax.EmptyRow.ZERO), x);
    }

    /** @param mask BOOL that broadcasts to x, true is seen */
    public static Tensor softmax(Tensor x, int axis, Tensor mask, Softmax.EmptyRow empty) {
        return Ops.one(new Softmax(x.shape().axis(axis), false, true, empty), x, mask);
    }

    public static Tensor logSoftmax(Tensor x, int axis) {
        return Ops.one(new Softmax(x.shape().axis(axis), true, false, Softmax.EmptyRow.ZERO), x);
    }

    /** @param mask BOOL that broadcasts to x, true is seen; the others get -inf */
    public static Tensor logSoftmax(Tensor x, int axis, Tensor mask, Softmax.EmptyRow empty) {
        return Ops.one(new Softmax(x.shape().axis(axis), true, true, empty), x, mask);
    }

    /** x / sqrt(mean x^2 + eps) * weight over the last axis. */
    public static Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
        return Ops.one(new RmsNorm(eps, Root.INSIDE, true), x, weight);
    }

    public static Tensor rmsNorm(Tensor x, double eps, Root root) {
        return Ops.one(new RmsNorm(eps, root, false), x);
    }

    public static Tensor rmsNorm(Tensor x, Tensor weight, double eps, Root root) {
        return Ops.one(new RmsNorm(eps, root, true), x, weight);
    }

    /** Over the last axis, without weight and bias. */
    public static Tensor layerNorm(Tensor x, double eps) {
        return Ops.one(new LayerNorm(1, eps, Root.INSIDE, false, false), x);
    }

    /** Over the axes of the weight. */
    public static Tensor layerNorm(Tensor x, Tensor weight, double eps) {
        return Ops.one(new LayerNorm(weight.rank(), eps, Root.INSIDE, true, false), x, weight);
    }

    /** Over the axes of the weight. */
    public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
        return Ops.one(new LayerNorm(weight.rank(), eps, Root.INSIDE, true, true), x, weight, bias);
    }

    /** x [B, C, spatial..]. */
    public static Tensor groupNorm(Tensor x, int groups, double eps) {
        return Ops.one(new GroupNorm(groups, eps, false), x);
    }

    public static Tensor groupNorm(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
        return Ops.one(new GroupNorm(groups, eps, true), x, weight, bias);
    }

    /** Every channel of x [B, C, spatial..] by itself. */
    public static Tensor instanceNorm(Tensor x, double eps) {
        return groupNorm(x, x.dim(1), eps);
    }

    public static Tensor instanceNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
        return groupNorm(x, x.dim(1), weight, bias, eps);
    }

    /** y, and the batch's mean and population variance [C] of {@code count} valid positions. */
    public record BatchStats(Tensor y, Tensor mean, Tensor var, Tensor count) {}

    /** @param affine weight and bias [C], or nothing @param mask BOOL [B, spatial..] of valid positions */
    public static BatchStats batchNorm(Tensor x, List<Tensor> affine, Optional<Tensor> mask, double eps) {
        List<Tensor> in = new ArrayList<>(List.of(x));
        in.addAll(affine);
        mask.ifPresent(in::add);
        List<Tensor> out = Exec.apply(new BatchNorm(eps, !affine.isEmpty(), mask.isPresent()), in);
        return new BatchStats(out.get(0), out.get(1), out.get(2), out.get(3));
    }

    /** @param affine weight and bias [C], or nothing */
    public static Tensor batchNormEval(Tensor x, Tensor mean, Tensor var, List<Tensor> affine, double eps) {
        List<Tensor> in = new ArrayList<>(List.of(x, mean, var));
        in.addAll(affine);
        return Exec.apply(new BatchNormEval(eps, !affine.isEmpty()), in).getFirst();
    }

    public static Tensor l2Norm(Tensor x, int axis, double eps, Root root) {
        return Ops.one(new L2Norm(x.shape().axis(axis), eps, root), x);
    }

    /** Global response norm of x [B, spatial.., C]. */
    public static Tensor responseNorm(Tensor x, Tensor gamma, Tensor beta, double eps) {
        return Ops.one(new ResponseNorm(eps), x, gamma, beta);
    }

    // ---- dense

    /** x W^T for W [O, D]. */
    public static Tensor linear(Tensor x, Tensor w) {
        return Ops.one(new LinearMap(false, Activation.NONE), x, w);
    }

    public static Tensor linear(Tensor x, Tensor w, Tensor b) {
        return linear(x, w, b, Activation.NONE);
    }

    public static Tensor linear(Tensor x, Tensor w, Tensor b, Activation a) {
        return Ops.one(new LinearMap(true, a), x, w, b);
    }

    public static Tensor linear(Tensor x, Tensor w, Activation a) {
        return Ops.one(new LinearMap(false, a), x, w);
    }

    /** silu(gate) * up. */
    public static Tensor swiGlu(Tensor gate, Tensor up) {
        return glu(gate, up, Activation.SILU);
    }

    public static Tensor glu(Tensor gate, Tensor up, Activation a) {
        return Ops.one(new Glu(a), gate, up);
    }

    public static Tensor newtonInverse(Tensor a, int iterations, double ridge) {
        return Ops.one(new NewtonInverse(iterations, ridge), a);
    }

    // ---- attention

    /** Opens a call with sections of keys, rules, biases and wants. */
    public static Attention attend(Tensor q) {
        return Attention.of(q);
    }

    /** Softmax attention of q [B, H, Tq, d] over k [B, Hkv, Tk, d], v [B, Hkv, Tk, dv]; scale 1 / sqrt(d). */
    public static Tensor attend(Tensor q, Tensor k, Tensor v) {
        return Attention.of(q).keys(k, v).o();
    }

    /** The same, a row seeing the keys up to its own place; the last row meets the last key. */
    public static Tensor attendCausal(Tensor q, Tensor k, Tensor v) {
        return Attention.of(q).keys(k, v).causal().o();
    }

    /** An attention over some of the keys. */
    public record Part(Tensor o, Tensor lse) {}

    public static Part mergeLse(List<Part> parts) {
        return mergeLse(parts, List.of());
    }

    /** @param logWeights nothing, or one [..] a part */
    public static Part mergeLse(List<Part> parts, List<Tensor> logWeights) {
        List<Tensor> in = new ArrayList<>();
        for (int s = 0; s < parts.size(); s++) {
            Collections.addAll(in, parts.get(s).o, parts.get(s).lse);
            if (!logWeights.isEmpty()) {
                in.add(logWeights.get(s));
            }
        }
        List<Tensor> out = Exec.apply(new MergeLse(parts.size(), !logWeights.isEmpty()), in);
        return new Part(out.get(0), out.get(1));
    }

    /** o [B, H, spatial.., dv] and lse [B, H, spatial..] of attention to neighbours. */
    public static Part neighbourhood(Tensor q, Tensor k, Tensor v, List<Axis> axes, Border border, double scale) {
        List<Tensor> out = Ops.all(new Neighbourhood(axes, border, scale, false), q, k, v);
        return new Part(out.get(0), out.get(1));
    }

    /** @param rpb [H, 2 k - 1 per axis] */
    public static Part neighbourhood(
            Tensor q, Tensor k, Tensor v, Tensor rpb, List<Axis> axes, Border border, double scale) {
        List<Tensor> out = Ops.all(new Neighbourhood(axes, border, scale, true), q, k, v, rpb);
        return new Part(out.get(0), out.get(1));
    }

    // ---- recurrences and convolutions over tokens

    public static Recurrence recur(Tensor q, Tensor k, Tensor v) {
        return Recurrence.of(q, k, v);
    }

    public static Selective selectiveScan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c) {
        return Selective.of(u, delta, a, b, c);
    }

    /** h_t = a_t h_{t-1} + b_t in complex pairs along an axis. */
    public static Tensor complexScan(Tensor a, Tensor b, Tensor h0, int axis, boolean reverse) {
        return Ops.one(new ComplexScan(a.shape().axis(axis), reverse), a, b, h0);
    }

    /** Running softmax averages of v [.., T, d] under scores s [.., T]: o [.., T, d] and lse [.., T]. */
    public static Part softmaxScan(Tensor s, Tensor v) {
        List<Tensor> out = Ops.all(new SoftmaxScan(false), s, v);
        return new Part(out.get(0), out.get(1));
    }

    /** @param state the last o [.., d] and lse [..] of what came before */
    public static Part softmaxScan(Tensor s, Tensor v, Part state) {
        List<Tensor> out = Ops.all(new SoftmaxScan(true), s, v, state.lse, state.o);
        return new Part(out.get(0), out.get(1));
    }

    /** Depthwise causal convolution of x [B, T, C] with w [C, W]. */
    public static TokenConv shortConv(Tensor x, Tensor w) {
        return TokenConv.of(x, w);
    }

    /** y_t = sum_j k_j x_{t-j} for x [B, C, T], k [C, K] or [B, C, K]. */
    public static Tensor longConv(Tensor x, Tensor k) {
        return longConv(x, k, 0, LongConv.Edge.ZERO);
    }

    public static Tensor longConv(Tensor x, Tensor k, int center, LongConv.Edge edge) {
        return Ops.one(new LongConv(center, edge, k.rank() == 3, false), x, k);
    }

    // ---- recurrent cells

    /** h of every step and the last state: h, then c for an LSTM. */
    public record Cells(Tensor y, List<Tensor> state) {}

    /** @param state nothing, or h_0 and c_0 @param mask BOOL [B, T] */
    public static Cells lstm(Tensor x, RnnWeights w, List<Tensor> state, Optional<Tensor> mask, boolean reverse) {
        Lstm op = new Lstm(!w.biases().isEmpty(), !state.isEmpty(), mask.isPresent(), reverse);
        return cells(op, x, w, state, mask);
    }

    /** @param state nothing, or h_0 @param mask BOOL [B, T] */
    public static Cells gru(Tensor x, RnnWeights w, List<Tensor> state, Optional<Tensor> mask, boolean reverse) {
        Gru op = new Gru(!w.biases().isEmpty(), !state.isEmpty(), mask.isPresent(), reverse);
        return cells(op, x, w, state, mask);
    }

    /** Both directions side by side on the last axis; the states of the forward one first. */
    public static Cells bidirectional(Cells forward, Cells backward) {
        List<Tensor> state = new ArrayList<>(forward.state);
        state.addAll(backward.state);
        return new Cells(Ops.concat(2, forward.y, backward.y), state);
    }

    private static Cells cells(Op op, Tensor x, RnnWeights w, List<Tensor> state, Optional<Tensor> mask) {
        List<Tensor> in = new ArrayList<>(Arrays.asList(x, w.input(), w.hidden()));
        in.addAll(w.biases());
        in.addAll(state);
        mask.ifPresent(in::add);
        List<Tensor> out = Exec.apply(op, in);
        return new Cells(out.getFirst(), out.subList(1, out.size()));
    }

    // ---- losses

    /** Mean over the rows whose target is not {@code ignore}. */
    public static Tensor crossEntropy(Tensor logits, Tensor ids, long ignore) {
        return Ops.one(new CrossEntropy(CrossEntropy.Targets.IDS, ignore, 0, CrossEntropy.Reduction.MEAN), logits, ids);
    }

    public static Tensor crossEntropy(
            Tensor logits, Tensor ids, long ignore, double smoothing, CrossEntropy.Reduction reduction) {
        return Ops.one(new CrossEntropy(CrossEntropy.Targets.IDS, ignore, smoothing, reduction), logits, ids);
    }

    /** @param weights target distribution [.., C] */
    public static Tensor softCrossEntropy(
            Tensor logits, Tensor weights, double smoothing, CrossEntropy.Reduction reduction) {
        return Ops.one(new CrossEntropy(CrossEntropy.Targets.WEIGHTS, 0, smoothing, reduction), logits, weights);
    }

    public static Tensor ctc(
            Tensor logProbabilities, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank) {
        return Ops.one(new Ctc(blank), logProbabilities, targets, inputLengths, targetLengths);
    }

    /** Log likelihood [B]; the best path is {@link org.layerzoo.core.op.loss.Viterbi#decode}. */
    public static Tensor crf(
            Tensor emissions, Tensor transitions, Tensor start, Tensor end, Tensor tags, Tensor lengths) {
        return Ops.one(new Crf(), emissions, transitions, start, end, tags, lengths);
    }
}
