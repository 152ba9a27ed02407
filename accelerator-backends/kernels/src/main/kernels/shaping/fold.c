// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * y[o, p, i] = sum of x[o, w, i, k] over the windows w that hold p: w step + k dilation = p. One thread an element of y, which reads at
 * most `size` elements; the walk splits its index into o, p and i.
 */
KERNEL(256, fold)
(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 n, int windows, int inner, int size, int step, int dilation,
 Walk w) {
  i64 at = (i64)BLOCK_X * 256 + THREAD, o, p, i;
  if (at >= n) return;
  walk(w, at, &o, &p, &i);
  A sum = 0;
  for (int k = size - 1; k >= 0; k--) {
    int d = (int)p - k * dilation;
    if (d < 0) continue;
    int window = d / step;
    if (window * step == d && window < windows) sum += LOAD(x, ((o * windows + window) * inner + i) * size + k);
  }
  STORE(y, at, sum);
}
