/* The scalar functions that no compiler brings: as ElementwiseReference and SpecialFunctions define them. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

DEVICE A sigmoid(A x) {
  A e = exp(-fabs(x));
  return (x < 0 ? e : C(1)) / (C(1) + e);
}

DEVICE A softplus(A x) { return (x > 0 ? x : x != x ? x : C(0)) + log1p(exp(-fabs(x))); }

/* x gate, whose limit at -inf is 0. */
DEVICE A gated(A x, A gate) { return x == -INF ? -C(0) : x * gate; }

/* (1 + tanh u) / 2 = sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3) */
DEVICE A gelu_tanh(A x) { return gated(x, sigmoid(C(1.5957691216057308) * (x + C(0.044715) * x * x * x))); }

/* Phi(x) = erfc(-x / sqrt 2) / 2 keeps its digits for large negative x. */
DEVICE A gelu(A x) { return gated(x, C(0.5) * erfc(-x * C(0.70710678118654752))); }

DEVICE A sign(A x) { return x > 0 ? C(1) : x < 0 ? C(-1) : x; }

#define PI 3.14159265358979323846

/* Sum of B_2k / (2k) s^k, B the Bernoulli numbers: the tail of digamma at y, s = 1/y^2 (Abramowitz and Stegun 6.3.18). */
DEVICE A digamma_tail(A s) {
  return s * (C(1.0 / 12) -
              s * (C(1.0 / 120) -
                   s * (C(1.0 / 252) -
                        s * (C(1.0 / 240) -
                             s * (C(1.0 / 132) -
                                  s * (C(691.0 / 32760) - s * (C(1.0 / 12) - s * C(3617.0 / 8160))))))));
}

/* By recurrence to 10 and above. */
DEVICE A digamma_right(A x) {
  A shift = 0, y = x;
  for (; y < 10; y += 1) shift += C(1) / y;
  return log(y) - C(0.5) / y - digamma_tail(C(1) / (y * y)) - shift;
}

DEVICE A digamma(A x) {
  if (x == 0) return -INF;
  if (x > 0 || x != x) return digamma_right(x);
  return x == rint(x) ? NOT_A_NUMBER : digamma_right(C(1) - x) - C(PI) * cospi(x) / sinpi(x);
}

/* Sum of B_2k s^k (6.4.12). */
DEVICE A trigamma_tail(A s) {
  return s * (C(1.0 / 6) -
              s * (C(1.0 / 30) -
                   s * (C(1.0 / 42) -
                        s * (C(1.0 / 30) -
                             s * (C(5.0 / 66) - s * (C(691.0 / 2730) - s * (C(7.0 / 6) - s * C(3617.0 / 510))))))));
}

DEVICE A trigamma_right(A x) {
  A shift = 0, y = x;
  for (; y < 10; y += 1) shift += C(1) / (y * y);
  A s = C(1) / (y * y);
  return (C(1) + C(0.5) / y + trigamma_tail(s)) / y + shift;
}

DEVICE A trigamma(A x) {
  if (x > 0 || x != x) return trigamma_right(x);
  A s = sinpi(x);
  return s == 0 ? INF : C(PI) / s * (C(PI) / s) - trigamma_right(C(1) - x);
}

/* As Java's: NaN if either is; 0 is above -0. */
DEVICE A larger(A x, A y) { return x > y || x != x ? x : x == y ? (x == 0 ? x + y : x) : y; }

DEVICE A smaller(A x, A y) { return x < y || x != x ? x : x == y ? (x == 0 ? -(-x - y) : x) : y; }

/* log(e^x + e^y); equal infinities are their own result. */
DEVICE A log_add_exp(A x, A y) {
  return x == y ? x + C(0.69314718055994530942) : larger(x, y) + log1p(exp(-fabs(x - y)));
}

/* Rounding to minus infinity: the remainder has the divisor's sign. */
DEVICE A floor_mod(A x, A y) {
  A r = fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

/* The whole q with x = q y + mod(x, y); a plain floor(x / y) may be off by one where the quotient rounds up. */
DEVICE A floor_div(A x, A y) {
  return y == 0 || fabs(x) == INF || fabs(y) == INF ? floor(x / y) : rint((x - floor_mod(x, y)) / y);
}

#endif
