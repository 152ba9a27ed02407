// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

#define UNIFORM 1
#define ATTEND_ALL 2

/* y = softmax(x) or its logarithm along lines, over the elements where the mask holds. The first pass finds maximum and sum together. */
KERNEL(256, softmax)
(GLOBAL const T* RESTRICT x, GLOBAL const u8* RESTRICT mask, GLOBAL T* RESTRICT y, Lines l, Walk w, int step, int mask_step, int masked,
 int logarithm, int empty) {
  SHARED A tops[256], sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = 0, at_mask = 0, unused;
  if (n > 0) walk(w, line, &at, &at_mask, &unused);
  Softened s = softened_nothing();
  int visible = 0;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    if (masked && !mask[at_mask + (i64)i * mask_step]) continue;
    visible = 1;
    s = softened_with(s, LOAD(x, at + (i64)i * step));
  }
  s = softened_line(l, s, tops, sums);
  if (masked && empty == ATTEND_ALL) {
    /* A line that the mask leaves nothing of is seen whole. */
    masked = line_sum(l, (A)visible, tops) > 0;
    Softened whole = softened_nothing();
    if (!masked)
      for (int i = lane_of(l); i < n; i += l.lanes) whole = softened_with(whole, LOAD(x, at + (i64)i * step));
    whole = softened_line(l, whole, tops, sums);
    if (!masked) s = whole;
  }
  A top = s.top > -INF ? s.top : C(0);
  A scale = s.sum == 0 ? C(1) : C(1) / s.sum, shift = s.sum == 0 ? C(0) : log(s.sum);
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * step;
    A v = masked && !mask[at_mask + (i64)i * mask_step] ? -INF : LOAD(x, e) - top;
    A out = logarithm ? v - shift : exp(v) * scale;
    if (s.sum == 0 && empty == UNIFORM) out = logarithm ? -log((A)l.n) : C(1) / (A)l.n;
    STORE(y, e, out);
  }
}
