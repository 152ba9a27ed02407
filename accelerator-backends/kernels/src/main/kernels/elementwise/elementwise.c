// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "pack.h"
#include "functions.h"

/* y = fn(x), a pack of 16 bytes a thread: every kernel is bound by memory, reading and writing each element once. */

#define UNARY(name, value)                                                         \
  KERNEL(256, name)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n) {  \
    i64 i = pack_start();                                                          \
    Pack p = pack_load(in, i, n);                                                  \
    UNROLL for (int k = 0; k < PACK; k++) {                                        \
      A x = p.v[k];                                                                \
      p.v[k] = (value);                                                            \
    }                                                                              \
    pack_store(out, i, n, p);                                                      \
  }

/* The long functions once in the code, not once for each element of a pack; neighbouring threads take neighbouring elements. */
#define UNARY_LONG(name, value)                                                    \
  KERNEL(256, name)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n) {  \
    ROLLED for (int k = 0; k < PACK; k++) {                                        \
      i64 i = pack_strided(k);                                                     \
      if (i < n) {                                                                 \
        A x = LOAD(in, i);                                                         \
        STORE(out, i, value);                                                      \
      }                                                                            \
    }                                                                              \
  }

UNARY(neg_, -x)
UNARY(abs_, fabs(x))
UNARY(sign_, sign(x))
UNARY(exp_, exp(x))
UNARY_LONG(expm1_, expm1(x))
UNARY_LONG(log_, log(x))
UNARY_LONG(log1p_, log1p(x))
UNARY(sqrt_, sqrt(x))
UNARY(rsqrt_, rsqrt(x))
UNARY(square_, x * x)
UNARY(reciprocal_, C(1) / x)
UNARY_LONG(sin_, sin(x))
UNARY_LONG(cos_, cos(x))
UNARY_LONG(tan_, tan(x))
UNARY_LONG(tanh_, tanh(x))
UNARY_LONG(atan_, atan(x))
UNARY(sigmoid_, sigmoid(x))
UNARY_LONG(logsigmoid_, -softplus(-x))
UNARY(silu_, gated(x, sigmoid(x)))
UNARY_LONG(gelu_, gelu(x))
UNARY(gelu_tanh_, gelu_tanh(x))
UNARY_LONG(softplus_, softplus(x))
UNARY(relu_, x > 0 || x != x ? x : C(0))
UNARY_LONG(erf_, erf(x))
UNARY_LONG(lgamma_, lgamma(x))
UNARY_LONG(digamma_, digamma(x))
UNARY_LONG(trigamma_, trigamma(x))
UNARY(round_, rint(x))
UNARY(floor_, floor(x))
UNARY(ceil_, ceil(x))

KERNEL(256, isfinite_)(GLOBAL const T* RESTRICT in, GLOBAL u8* RESTRICT out, i64 n) {
  i64 i = pack_start();
  Pack p = pack_load(in, i, n);
  UNROLL for (int k = 0; k < PACK; k++) p.v[k] = p.v[k] - p.v[k] == 0;
  pack_store_truth(out, i, n, p);
}

/* y = fn(x; a, b) */

#define PARAMETRIC(name, value)                                                              \
  KERNEL(256, name)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n, A a, A b) {  \
    i64 i = pack_start();                                                                    \
    Pack p = pack_load(in, i, n);                                                            \
    UNROLL for (int k = 0; k < PACK; k++) {                                                  \
      A x = p.v[k];                                                                          \
      p.v[k] = (value);                                                                      \
    }                                                                                        \
    pack_store(out, i, n, p);                                                                \
  }

KERNEL(256, power_)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n, A a, A b) {
  ROLLED for (int k = 0; k < PACK; k++) {
    i64 i = pack_strided(k);
    if (i < n) STORE(out, i, pow(LOAD(in, i), a));
  }
}

PARAMETRIC(leaky_relu_, x > 0 ? x : a * x)
PARAMETRIC(elu_, x > 0 ? x : a * expm1(x))
PARAMETRIC(softshrink_, x > a ? x - a : x < -a ? x + a : x != x ? x : C(0))
PARAMETRIC(clamp_, smaller(larger(x, a), b))
