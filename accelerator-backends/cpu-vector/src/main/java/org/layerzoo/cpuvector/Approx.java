package org.layerzoo.cpuvector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions as inline polynomials, for every float: infinities, NaN, denormals and signed zeros come out as
 * from {@link Math}. Relative error at most 2.5e-7 (two units in the last place or so) unless a method says otherwise; the
 * tests measure it. Exponential and logarithm after Cephes, erf after N. Juffa.
 */
public final class Approx {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final float ROUNDER =
            12_582_912f; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
    private static final float BIASED_ROUNDER = ROUNDER + 127;
    private static final float LOG2E = 1.44269504f;
    private static final float LN2_HI = 0.693359375f;
    private static final float LN2_LO = -2.12194440e-4f;

    private Approx() {}

    /** (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2. */
    private static FloatVector expTail(FloatVector r) {
        return r.mul(1.9875691500e-4f)
                .add(1.3981999507e-3f)
                .fma(r, FloatVector.broadcast(S, 8.3334519073e-3f))
                .fma(r, FloatVector.broadcast(S, 4.1665795894e-2f))
                .fma(r, FloatVector.broadcast(S, 1.6666665459e-1f))
                .fma(r, FloatVector.broadcast(S, 5.0000001201e-1f));
    }

    private static FloatVector remainder(FloatVector x, FloatVector n) {
        return n.fma(FloatVector.broadcast(S, -LN2_LO), n.fma(FloatVector.broadcast(S, -LN2_HI), x));
    }

    /** 2^n for integers -126..127. */
    private static FloatVector power2(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /** e^x. */
    public static FloatVector exp(FloatVector x) {
        FloatVector c = x.min(89f).max(-104.5f);
        FloatVector t = c.fma(FloatVector.broadcast(S, LOG2E), FloatVector.broadcast(S, ROUNDER));
        FloatVector r = remainder(c, t.sub(ROUNDER));
        FloatVector p = expTail(r).fma(r.mul(r), r.add(1f));
        // 2^n in two steps: one factor alone leaves the range of normal floats.
        IntVector n = t.reinterpretAsInts().sub(ROUNDER_BITS);
        IntVector half = n.lanewise(VectorOperators.ASHR, 1);
        return p.mul(power2(half)).mul(power2(n.sub(half)));
    }

    /** e^x for x <= 0 (a softmax weight); results below 2^-126.5 become 0. The cheapest form: attention spends a tenth of its time here. */
    public static FloatVector expNegative(FloatVector x) {
        // comparing and blending keeps NaN and takes two instructions, max() takes six
        FloatVector c = x.blend(-88f, x.compare(VectorOperators.LT, -88f));
        FloatVector t = c.fma(FloatVector.broadcast(S, LOG2E), FloatVector.broadcast(S, BIASED_ROUNDER));
        FloatVector r = remainder(c, t.sub(BIASED_ROUNDER));
        FloatVector p = r.fma(FloatVector.broadcast(S, 1.3814541e-3f), FloatVector.broadcast(S, 8.3687454e-3f))
                .fma(r, FloatVector.broadcast(S, 4.1668389e-2f))
                .fma(r, FloatVector.broadcast(S, 1.6666521e-1f))
                .fma(r, FloatVector.broadcast(S, 4.9999994e-1f))
                .fma(r, FloatVector.broadcast(S, 1f))
                .fma(r, FloatVector.broadcast(S, 1f));
        // the low bits of t are the exponent field of 2^n; n = -127 makes it the number 0
        return p.mul(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }

    /** e^x - 1, relative error also near 0. */
    public static FloatVector expm1(FloatVector x) {
        FloatVector c = x.min(88f).max(-30f);
        FloatVector t = c.fma(FloatVector.broadcast(S, LOG2E), FloatVector.broadcast(S, ROUNDER));
        FloatVector r = remainder(c, t.sub(ROUNDER));
        FloatVector q = expTail(r).fma(r.mul(r), r);
        FloatVector s = power2(t.reinterpretAsInts().sub(ROUNDER_BITS));
        FloatVector y = q.fma(s, s.sub(1f));
        y = y.blend(exp(x), x.compare(VectorOperators.GT, 60f));
        return y.blend(x, x.abs().compare(VectorOperators.LT, 1e-20f));
    }

    /** Natural logarithm. */
    public static FloatVector log(FloatVector x) {
        VectorMask<Float> tiny = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
        FloatVector y = x.blend(x.mul(8_388_608f), tiny);
        IntVector bits = y.reinterpretAsInts();
        // mantissa in [sqrt(1/2), sqrt(2)), so that the logarithm of numbers near 1 loses nothing
        IntVector shifted = bits.sub(0x3F3504F3);
        IntVector e = shifted.lanewise(VectorOperators.ASHR, 23);
        FloatVector m = bits.sub(e.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
        FloatVector k = ((FloatVector) e.convertShape(VectorOperators.I2F, S, 0));
        k = k.sub(FloatVector.zero(S).blend(23f, tiny));
        FloatVector f = m.sub(1f);
        FloatVector z = f.mul(f);
        FloatVector p = logPolynomial(f).mul(f).mul(z);
        p = k.fma(FloatVector.broadcast(S, LN2_LO), p);
        p = z.fma(FloatVector.broadcast(S, -0.5f), p);
        FloatVector r = k.fma(FloatVector.broadcast(S, LN2_HI), f.add(p));
        return logEdges(x, r);
    }

    private static FloatVector logPolynomial(FloatVector f) {
        return f.mul(7.0376836292e-2f)
                .add(-1.1514610310e-1f)
                .fma(f, FloatVector.broadcast(S, 1.1676998740e-1f))
                .fma(f, FloatVector.broadcast(S, -1.2420140846e-1f))
                .fma(f, FloatVector.broadcast(S, 1.4249322787e-1f))
                .fma(f, FloatVector.broadcast(S, -1.6668057665e-1f))
                .fma(f, FloatVector.broadcast(S, 2.0000714765e-1f))
                .fma(f, FloatVector.broadcast(S, -2.4999993993e-1f))
                .fma(f, FloatVector.broadcast(S, 3.3333331174e-1f));
    }

    private static FloatVector logEdges(FloatVector x, FloatVector r) {
        FloatVector y = r.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f));
        y = y.blend(Float.NaN, x.compare(VectorOperators.LT, 0f));
        // +inf and NaN map to themselves
        return y.blend(x, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).not());
    }

    /** log(1 + x), relative error also near 0. */
    public static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(1f);
        // log(u) x / (u - 1) cancels the rounding of 1 + x
        FloatVector y = log(u).mul(x.div(u.sub(1f)));
        y = y.blend(x, u.compare(VectorOperators.EQ, 1f));
        return y.blend(u, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY));
    }

    /** log(1 + e) for 0 <= e <= 1. */
    private static FloatVector log1pUnit(FloatVector e) {
        FloatVector u = e.add(1f);
        return log(u).mul(e.div(u.sub(1f))).blend(e, u.compare(VectorOperators.EQ, 1f));
    }

    /** (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. */
    public static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        // from 10 on it rounds to 1
        FloatVector c = a.blend(10f, a.compare(VectorOperators.GT, 10f));
        FloatVector y = c.add(c);
        FloatVector t = y.fma(FloatVector.broadcast(S, LOG2E), FloatVector.broadcast(S, ROUNDER));
        FloatVector r = remainder(y, t.sub(ROUNDER));
        FloatVector q = expTail(r).fma(r.mul(r), r);
        FloatVector s = power2(t.reinterpretAsInts().sub(ROUNDER_BITS));
        FloatVector m = q.fma(s, s.sub(1f));
        return copySign(m.div(m.add(2f)), x);
    }

    private static FloatVector copySign(FloatVector magnitude, FloatVector sign) {
        IntVector s = sign.reinterpretAsInts().and(0x8000_0000);
        return magnitude.reinterpretAsInts().or(s).reinterpretAsFloats();
    }

    /** 1 / (1 + e^-x). */
    public static FloatVector sigmoid(FloatVector x) {
        FloatVector e = exp(x.abs().neg());
        FloatVector above = FloatVector.broadcast(S, 1f);
        return above.blend(e, x.compare(VectorOperators.LT, 0f)).div(e.add(1f));
    }

    /** x / (1 + e^-x). */
    public static FloatVector silu(FloatVector x) {
        // below -60 the exponential would be denormal: 20 is taken out of it and put back behind the product with x
        VectorMask<Float> far = x.compare(VectorOperators.LT, -60f);
        FloatVector e = exp(x.abs().neg().add(FloatVector.zero(S).blend(20f, far)));
        FloatVector back = FloatVector.broadcast(S, 1f).blend(2.0611537e-9f, far);
        FloatVector top = x.blend(x.mul(e).mul(back), x.compare(VectorOperators.LT, 0f));
        return top.div(e.mul(back).add(1f)).blend(-0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
    }

    /** log(1 + e^x). */
    public static FloatVector softplus(FloatVector x) {
        return x.max(0f).add(log1pUnit(exp(x.abs().neg())));
    }

    /** -log(1 + e^-x). */
    public static FloatVector logSigmoid(FloatVector x) {
        return x.min(0f).sub(log1pUnit(exp(x.abs().neg())));
    }

    /** log(e^x + e^y). */
    public static FloatVector logAddExp(FloatVector x, FloatVector y) {
        FloatVector m = x.max(y);
        FloatVector d = x.sub(y).abs().neg();
        FloatVector r = m.add(log1pUnit(exp(d)));
        // equal infinities: their difference is no number, the result is the infinity
        return r.blend(
                x, x.compare(VectorOperators.EQ, y).and(x.abs().compare(VectorOperators.EQ, Float.POSITIVE_INFINITY)));
    }

    public static FloatVector erf(FloatVector x) {
        return copySign(erfOfSize(x.abs()), x);
    }

    /** erf(a) for a >= 0. */
    public static FloatVector erfOfSize(FloatVector a) {
        FloatVector t = a.blend(4f, a.compare(VectorOperators.GT, 4f));
        FloatVector s = t.mul(t);
        FloatVector r = FloatVector.broadcast(S, -1.72853470e-5f).fma(t, FloatVector.broadcast(S, 3.83197126e-4f));
        FloatVector u = FloatVector.broadcast(S, -3.88396438e-3f).fma(t, FloatVector.broadcast(S, 2.42546219e-2f));
        r = r.fma(s, u)
                .fma(t, FloatVector.broadcast(S, -1.06777877e-1f))
                .fma(t, FloatVector.broadcast(S, -6.34846687e-1f))
                .fma(t, FloatVector.broadcast(S, -1.28717512e-1f))
                .fma(t, t.neg());
        FloatVector far = FloatVector.broadcast(S, 1f).sub(expNegative(r));
        FloatVector n = s.mul(-5.96761703e-4f)
                .add(4.99119423e-3f)
                .fma(s, FloatVector.broadcast(S, -2.67681349e-2f))
                .fma(s, FloatVector.broadcast(S, 1.12819925e-1f))
                .fma(s, FloatVector.broadcast(S, -3.76125336e-1f))
                .fma(s, FloatVector.broadcast(S, 1.28379166e-1f));
        FloatVector near = n.fma(t, t);
        return near.blend(far, t.compare(VectorOperators.GT, 0.927734375f));
    }

    /** x Phi(x); error at most 2.5e-7 |x| (the far negative tail is small, not relatively exact). */
    public static FloatVector gelu(FloatVector x) {
        // x erf(x) = |x| erf(|x|)
        FloatVector half = x.mul(0.5f);
        FloatVector y = half.abs().fma(erfOfSize(x.abs().mul(0.70710678f)), half);
        return y.blend(-0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
    }

    /** x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); error at most 2.5e-7 |x|. */
    public static FloatVector geluTanh(FloatVector x) {
        FloatVector c = x.min(20f).max(-20f);
        FloatVector u = c.mul(c)
                .fma(FloatVector.broadcast(S, 0.044715f), FloatVector.broadcast(S, 1f))
                .mul(c)
                .mul(1.59576912f);
        FloatVector y = x.mul(sigmoid(u));
        return y.blend(-0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
    }
}
