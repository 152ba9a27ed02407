// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/* dx = y (g - sum(y g)) along lines, or for a logarithm g - e^y sum(g) over the elements with y > -inf. */
KERNEL(256, softmax_gradient)
(GLOBAL const T* RESTRICT y, GLOBAL const T* RESTRICT g, GLOBAL T* RESTRICT dx, Lines l, Walk w, int step, int logarithm) {
  SHARED A all[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = 0, other, unused;
  if (n > 0) walk(w, line, &at, &other, &unused);
  A sum = C(0);
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * step;
    A v = LOAD(y, e), d = LOAD(g, e);
    sum += logarithm ? (v > -INF ? d : C(0)) : v * d;
  }
  sum = line_sum(l, sum, all);
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * step;
    A v = LOAD(y, e), d = LOAD(g, e);
    STORE(dx, e, logarithm ? (v > -INF ? d - exp(v) * sum : C(0)) : v * (d - sum));
  }
}
