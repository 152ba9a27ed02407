// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/*
 * Cross entropy of rows of n logits. Targets are ids (rows equal to `ignore` count nothing) or weights. log p_c = x_c - top - log(sum),
 * and -inf throughout where a row is -inf throughout.
 */
DEVICE Softened row_of(GLOBAL const T* x, i64 at, int n, Lines l, SHARED_POINTER A* tops, SHARED_POINTER A* sums) {
  Softened s = softened_nothing();
  for (int i = lane_of(l); i < n; i += l.lanes) s = softened_with(s, LOAD(x, at + i));
  s = softened_line(l, s, tops, sums);
  if (!(s.top > -INF)) s.top = 0;
  return s;
}

/* row_loss[r] = (1 - smoothing) nll + smoothing mean(-log p); counted[r] = 1, or 0 where ignored, or -1 where the id is no class. */
KERNEL(256, cross_entropy)
(GLOBAL const T* RESTRICT x, GLOBAL const i64* RESTRICT ids, GLOBAL const T* RESTRICT weights, GLOBAL A* RESTRICT row_loss,
 GLOBAL int* RESTRICT counted, Lines l, i64 ignore, int with_ids, A smoothing) {
  SHARED A tops[256], sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = (i64)line * l.n;
  Softened s = row_of(x, at, n, l, tops, sums);
  A shift = s.sum == 0 ? C(0) : log(s.sum);
  A nll = 0, all = 0;
  i64 id = with_ids && n > 0 ? ids[line] : -1;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    A logp = LOAD(x, at + i) - s.top - shift;
    if (with_ids) {
      if (i == id) nll -= logp;
    } else {
      A t = LOAD(weights, at + i);
      if (t != 0 || logp != -INF) nll -= t * logp;
    }
    if (smoothing != 0) all -= logp;
  }
  nll = line_sum(l, nll, tops);
  all = line_sum(l, all, tops);
  if (line < l.lines && lane_of(l) == 0) {
    A loss = smoothing == 0 ? nll : (C(1) - smoothing) * nll + smoothing * all / (A)l.n;
    int ignored = with_ids && id == ignore;
    row_loss[line] = ignored ? C(0) : loss;
    counted[line] = ignored ? 0 : with_ids && (id < 0 || id >= l.n) ? -1 : 1;
  }
}

/* One block: result[0] = sum of the losses, by the number of rows that count when `mean`; bad[0] = the first row of no class, or -1. */
KERNEL(256, cross_entropy_join)
(GLOBAL const A* RESTRICT row_loss, GLOBAL const int* RESTRICT counted, GLOBAL A* RESTRICT result, GLOBAL A* RESTRICT count,
 GLOBAL i64* RESTRICT bad, int rows, int mean) {
  SHARED A sums[256];
  SHARED int first[256];
  Lines block;
  block.lines = 1;
  block.n = 1;
  block.lanes = 256;
  block.rows = 1;
  A s = 0, n = 0;
  int worst = rows;
  for (int r = THREAD; r < rows; r += 256) {
    s += row_loss[r];
    if (counted[r] > 0) n += C(1);
    if (counted[r] < 0 && worst == rows) worst = r;
  }
  first[THREAD] = worst;
  s = line_sum(block, s, sums);
  n = line_sum(block, n, sums);
  if (THREAD == 0) {
    for (int i = 1; i < 256; i++) worst = min(worst, first[i]);
    result[0] = mean ? s / (n > 1 ? n : C(1)) : s;
    count[0] = n;
    bad[0] = worst == rows ? -1 : worst;
  }
}

/*
 * dx = g ((1 - smoothing) (p sum(t) - t) + smoothing (p - 1 / n)) and, for weights, dt = -g (1 - smoothing) log p. The cotangent is a row's
 * own, or one for all, by `count` when it is of a mean.
 */
KERNEL(256, cross_entropy_gradient)
(GLOBAL const T* RESTRICT x, GLOBAL const i64* RESTRICT ids, GLOBAL const T* RESTRICT weights, GLOBAL const A* RESTRICT dy,
 GLOBAL const A* RESTRICT count, GLOBAL T* RESTRICT dx, GLOBAL T* RESTRICT dt, Lines l, i64 ignore, int with_ids, A smoothing, int own_dy,
 int mean) {
  SHARED A tops[256], sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = (i64)line * l.n;
  Softened s = row_of(x, at, n, l, tops, sums);
  A scale = s.sum == 0 ? C(1) : C(1) / s.sum, shift = s.sum == 0 ? C(0) : log(s.sum);
  A g = n > 0 ? dy[own_dy ? line : 0] : C(0);
  if (mean) g /= count[0] > 1 ? count[0] : C(1);
  i64 id = with_ids && n > 0 ? ids[line] : -1;
  if (with_ids && id == ignore) g = 0;
  A total = 0;
  if (!with_ids)
    for (int i = lane_of(l); i < n; i += l.lanes) total += LOAD(weights, at + i);
  total = with_ids ? C(1) : line_sum(l, total, tops);
  A own = (C(1) - smoothing), even = smoothing / (A)l.n;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    A v = LOAD(x, at + i) - s.top;
    A p = exp(v) * scale;
    A t = with_ids ? (i == id ? C(1) : C(0)) : LOAD(weights, at + i);
    STORE(dx, at + i, g * (own * (p * total - t) + smoothing * p - even));
    if (!with_ids) STORE(dt, at + i, t == 0 && v - shift == -INF ? C(0) : -g * own * (v - shift));
  }
}
