// variants: f32 f64 bf16 f16
#include "zoo.h"

/* Joins attentions over disjoint keys, up to 4 parts: l_s = lse_s + weight_s, o = sum exp(l_s - lse) o_s. A thread a number of o. */
#define PARTS 4

KERNEL(256, merge_lse)
(GLOBAL const T* o0, GLOBAL const A* l0, GLOBAL const A* w0, GLOBAL const T* o1, GLOBAL const A* l1, GLOBAL const A* w1, GLOBAL const T* o2,
 GLOBAL const A* l2, GLOBAL const A* w2, GLOBAL const T* o3, GLOBAL const A* l3, GLOBAL const A* w3, GLOBAL T* o, GLOBAL A* lse, i64 size,
 int depth, int parts, int weighted) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  i64 row = n / depth;
  A l[PARTS], x[PARTS], high = -INF, total = 0, sum = 0;
  l[0] = l0[row] + (weighted ? w0[row] : C(0));
  x[0] = LOAD(o0, n);
  l[1] = parts > 1 ? l1[row] + (weighted ? w1[row] : C(0)) : -INF;
  x[1] = parts > 1 ? LOAD(o1, n) : C(0);
  l[2] = parts > 2 ? l2[row] + (weighted ? w2[row] : C(0)) : -INF;
  x[2] = parts > 2 ? LOAD(o2, n) : C(0);
  l[3] = parts > 3 ? l3[row] + (weighted ? w3[row] : C(0)) : -INF;
  x[3] = parts > 3 ? LOAD(o3, n) : C(0);
  UNROLL for (int s = 0; s < PARTS; s++) high = l[s] > high || l[s] != l[s] ? l[s] : high;
  if (high != -INF) {
    UNROLL for (int s = 0; s < PARTS; s++) {
      A w = exp(l[s] - high);
      total += w;
      if (s < parts) sum += w * x[s];
    }
    sum /= total;
  }
  STORE(o, n, sum);
  if (n == row * depth) lse[row] = high == -INF ? high : high + log(total);
}
