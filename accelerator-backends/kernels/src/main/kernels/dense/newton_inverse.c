// variants: f32 f64
#include "zoo.h"

/* Where Newton's iteration begins: y = 1.8 / s^2 (A + ridge I), s the largest sum of |A| over a row. A block takes a matrix. */
KERNEL(256, newton_start)(GLOBAL const A* RESTRICT a, GLOBAL A* RESTRICT ridged, GLOBAL A* RESTRICT y, int n, A ridge) {
  SHARED A most[256];
  i64 first = (i64)BLOCK_X * n * n;
  A top = C(0);
  for (int i = THREAD; i < n; i += 256) {
    A sum = C(0);
    for (int j = 0; j < n; j++) sum += fabs(a[first + (i64)i * n + j]);
    /* A NaN wins. */
    top = sum <= top ? top : sum;
  }
  most[THREAD] = top;
  BARRIER();
  for (int s = 128; s > 0; s /= 2) {
    if (THREAD < s) most[THREAD] = most[THREAD + s] <= most[THREAD] || most[THREAD] != most[THREAD] ? most[THREAD] : most[THREAD + s];
    BARRIER();
  }
  A scale = C(1) / (most[0] * most[0]) * C(1.8);
  for (int i = THREAD; i < n * n; i += 256) {
    A x = a[first + i] + (i / n == i % n ? ridge : C(0));
    ridged[first + i] = x;
    y[first + i] = x * scale;
  }
}

/* y' = 2 y - y A y, of which the product is given. */
KERNEL(256, newton_step)(GLOBAL const A* RESTRICT y, GLOBAL const A* RESTRICT product, GLOBAL A* RESTRICT next, i64 n) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) next[i] = C(2) * y[i] - product[i];
}
