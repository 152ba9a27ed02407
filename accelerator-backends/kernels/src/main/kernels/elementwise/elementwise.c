// variants: f32 f64 bf16 f16
#include "zoo.h"

/* y = fn(x) and z = fn(x, y), one thread an element; fn is the ordinal of the op's function. */

DEVICE A sigmoid(A x) {
  A e = exp(-fabs(x));
  return (x < 0 ? e : C(1)) / (C(1) + e);
}

DEVICE A unary_of(A x, int fn) {
  switch (fn) {
    case 0: return -x;
    case 1: return fabs(x);
    case 3: return exp(x);
    case 16: return sigmoid(x);
    default: return NOT_A_NUMBER;
  }
}

KERNEL(256, unary)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 n, int fn) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) STORE(y, i, unary_of(LOAD(x, i), fn));
}

DEVICE A binary_of(A x, A y, int fn) {
  switch (fn) {
    case 0: return x + y;
    case 1: return x - y;
    case 2: return x * y;
    case 3: return x / y;
    default: return NOT_A_NUMBER;
  }
}

KERNEL(256, binary)(GLOBAL const T* x, GLOBAL const T* y, GLOBAL T* z, i64 n, int fn, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) {
    i64 ix, iy, iz;
    walk(w, i, &ix, &iy, &iz);
    STORE(z, i, binary_of(LOAD(x, ix), LOAD(y, iy), fn));
  }
}
