package org.layerzoo.core.op.elementwise;

/**
 * Special functions in double precision, about 1e-13 relative.
 *
 * <p>erf and erfc are the rational approximations of fdlibm's s_erf.c (Sun Microsystems, 1993). lgamma is the Taylor
 * series about 2 (Abramowitz and Stegun 6.1.33) for 0 to 10 by recurrence and Stirling's series (6.1.41) above;
 * digamma and trigamma are their asymptotic series (6.3.18, 6.4.12) after recurrence to 10 and above. Negative
 * arguments go through reflection (6.1.17, 6.3.7, 6.4.7). Near a zero of digamma, or of lgamma at negative arguments,
 * the error is about 1e-14 absolute.
 */
public final class SpecialFunctions {
    private static final double ERX = 8.45062911510467529297e-01;
    private static final double[] PP = {
        1.28379167095512558561e-01,
        -3.25042107247001499370e-01,
        -2.84817495755985104766e-02,
        -5.77027029648944159157e-03,
        -2.37630166566501626084e-05
    };
    private static final double[] QQ = {
        1,
        3.97917223959155352819e-01,
        6.50222499887672944485e-02,
        5.08130628187576562776e-03,
        1.32494738004321644526e-04,
        -3.96022827877536812320e-06
    };
    private static final double[] PA = {
        -2.36211856075265944077e-03,
        4.14856118683748331666e-01,
        -3.72207876035701323847e-01,
        3.18346619901161753674e-01,
        -1.10894694282396677476e-01,
        3.54783043256182359371e-02,
        -2.16637559486879084300e-03
    };
    private static final double[] QA = {
        1,
        1.06420880400844228286e-01,
        5.40397917702171048937e-01,
        7.18286544141962662868e-02,
        1.26171219808761642112e-01,
        1.36370839120290507362e-02,
        1.19844998467991074170e-02
    };
    private static final double[] RA = {
        -9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
                -6.23753324503260060396e+01,
        -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01,
                -9.81432934416914548592e+00
    };
    private static final double[] SA = {
        1,
        1.96512716674392571292e+01,
        1.37657754143519042600e+02,
        4.34565877475229228821e+02,
        6.45387271733267880336e+02,
        4.29008140027567833386e+02,
        1.08635005541779435134e+02,
        6.57024977031928170135e+00,
        -6.04244152148580987438e-02
    };
    private static final double[] RB = {
        -9.86494292470009928597e-03,
        -7.99283237680523006574e-01,
        -1.77579549177547519889e+01,
        -1.60636384855821916062e+02,
        -6.37566443368389627722e+02,
        -1.02509513161107724954e+03,
        -4.83519191608651397019e+02
    };
    private static final double[] SB = {
        1,
        3.03380607434824582924e+01,
        3.25792512996573918826e+02,
        1.53672958608443695994e+03,
        3.19985821950859553908e+03,
        2.55305040643316442583e+03,
        4.74528541206955367215e+02,
        -2.24409524465858183362e+01
    };

    private static final double EULER_GAMMA = 0.57721566490153286061;
    /** Bernoulli numbers B2, B4, ..., B16. */
    private static final double[] BERNOULLI = {
        1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510
    };
    /** (-1)^k (zeta(k) - 1) / k for k = 2, 3, ...: the coefficients of z^k in lgamma(2 + z). */
    private static final double[] LGAMMA2 = lgammaSeries();

    private SpecialFunctions() {}

    /** Error function. */
    public static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (a < 0.84375) {
            return x + x * (polynomial(PP, x * x) / polynomial(QQ, x * x));
        }
        return Math.copySign(a < 6 ? 1 - erfcTail(a) : 1, x);
    }

    /** 1 - erf(x) without cancellation. */
    public static double erfc(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (Math.abs(x) < 0.84375) {
            double y = polynomial(PP, x * x) / polynomial(QQ, x * x);
            return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
        }
        if (Math.abs(x) > 28) {
            return x > 0 ? 0 : 2;
        }
        return x > 0 ? erfcTail(x) : 2 - erfcTail(-x);
    }

    /** erfc of 0.84375 <= a < 28. */
    private static double erfcTail(double a) {
        if (a < 1.25) {
            double s = a - 1;
            return 1 - ERX - polynomial(PA, s) / polynomial(QA, s);
        }
        double s = 1 / (a * a);
        double ratio = a < 1 / 0.35 ? polynomial(RA, s) / polynomial(SA, s) : polynomial(RB, s) / polynomial(SB, s);
        // exp(-a^2) from a head with few bits, whose square is exact, and the rest.
        double z = Double.longBitsToDouble(Double.doubleToRawLongBits(a) & 0xFFFFFFFF00000000L);
        return Math.exp(-z * z - 0.5625) * Math.exp((z - a) * (z + a) + ratio) / a;
    }

    /** log |gamma(x)|; +inf at 0, -1, -2, ... and at both infinities. */
    public static double lgamma(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (x <= 0) {
            if (x == Math.rint(x)) {
                return Double.POSITIVE_INFINITY;
            }
            return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
        }
        if (x >= 10) {
            return stirling(x);
        }
        if (x < 0.5) {
            // lgamma(1 + x), once more by recurrence, so that x itself is the series' argument.
            return lgammaAbout2(x) - Math.log1p(x) - Math.log(x);
        }
        if (x < 1.5) {
            return lgammaAbout2(x - 1) - Math.log1p(x - 1);
        }
        double product = 1;
        double y = x;
        while (y > 2.5) {
            y -= 1;
            product *= y;
        }
        return lgammaAbout2(y - 2) + Math.log(product);
    }

    /** Derivative of lgamma; -inf at 0, NaN at -1, -2, ... */
    public static double digamma(double x) {
        if (x == 0) {
            return Double.NEGATIVE_INFINITY;
        }
        if (x < 0) {
            return x == Math.rint(x) ? Double.NaN : digamma(1 - x) - Math.PI * cosPi(x) / sinPi(x);
        }
        double shift = 0;
        double y = x;
        for (; y < 10; y++) {
            shift += 1 / y;
        }
        double s = 1 / (y * y);
        double sum = 0;
        for (int k = BERNOULLI.length; k >= 1; k--) {
            sum = (sum + BERNOULLI[k - 1] / (2 * k)) * s;
        }
        return Math.log(y) - 0.5 / y - sum - shift;
    }

    /** Derivative of digamma; +inf at 0, -1, -2, ... */
    public static double trigamma(double x) {
        if (x <= 0) {
            double s = sinPi(x);
            return s == 0 ? Double.POSITIVE_INFINITY : Math.PI / s * (Math.PI / s) - trigamma(1 - x);
        }
        double shift = 0;
        double y = x;
        for (; y < 10; y++) {
            shift += 1 / (y * y);
        }
        double s = 1 / (y * y);
        double sum = 0;
        for (int k = BERNOULLI.length; k >= 1; k--) {
            sum = (sum + BERNOULLI[k - 1]) * s;
        }
        return (1 + 0.5 / y + sum) / y + shift;
    }

    /** sin(pi x), exact at multiples of 1/2. */
    static double sinPi(double x) {
        double r = x - 2 * Math.rint(x / 2);
        double a = Math.abs(r) > 0.5 ? Math.copySign(1 - Math.abs(r), r) : r;
        return Math.sin(Math.PI * a);
    }

    /** cos(pi x), exact at multiples of 1/2. */
    static double cosPi(double x) {
        double r = Math.abs(x - 2 * Math.rint(x / 2));
        return Math.sin(Math.PI * (0.5 - r));
    }

    private static double stirling(double x) {
        if (Double.isInfinite(x)) {
            return x;
        }
        double s = 1 / (x * x);
        double sum = 0;
        for (int k = BERNOULLI.length; k >= 1; k--) {
            sum = sum * s + BERNOULLI[k - 1] / (2.0 * k * (2 * k - 1));
        }
        return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + sum / x;
    }

    /** lgamma(2 + z), |z| <= 1/2. */
    private static double lgammaAbout2(double z) {
        return z * (1 - EULER_GAMMA + z * polynomial(LGAMMA2, z));
    }

    private static double[] lgammaSeries() {
        double[] c = new double[30];
        for (int i = 0; i < c.length; i++) {
            int k = i + 2;
            c[i] = (k % 2 == 0 ? 1 : -1) * zetaMinus1(k) / k;
        }
        return c;
    }

    /** Sum of n^-k from 2, by Euler and Maclaurin's formula from 16 on (23.2.3). */
    private static double zetaMinus1(int k) {
        double n = 16;
        double tail = Math.pow(n, 1 - k) / (k - 1) + 0.5 * Math.pow(n, -k);
        double term = k * Math.pow(n, -k - 1) / 2;
        for (int j = 1; j <= 5; j++) {
            tail += BERNOULLI[j - 1] * term;
            term *= (k + 2 * j - 1) * (k + 2 * j) / (n * n * (2 * j + 1) * (2 * j + 2));
        }
        for (int i = 15; i >= 2; i--) {
            tail += Math.pow(i, -k);
        }
        return tail;
    }

    private static double polynomial(double[] c, double x) {
        double y = c[c.length - 1];
        for (int i = c.length - 2; i >= 0; i--) {
            y = y * x + c[i];
        }
        return y;
    }
}
