// variants: f32 f64
#include "zoo.h"
#include "lines.h"

/*
 * Gradients of running softmax averages. Against time, with the falling factors f_t = exp(lse_t - lse_{t+1}):
 *
 *   R_t = do_t + f_t R_{t+1},   Q_t = dlse_t - do_t . o_t + f_t Q_{t+1},   p_t = exp(s_t - lse_t)
 *   dv_t = p_t R_t,   ds_t = v_t . dv_t + p_t Q_t
 *
 * and what came before the first token has s_0 = lse0, v_0 = o0. Where lse is -inf nothing has been seen, and there is no gradient.
 */

/* x[row] = a[row] + sign sum(left right) over `n` numbers of each row. */
KERNEL(256, softmax_scan_dots)
(GLOBAL const T* RESTRICT left, GLOBAL const T* RESTRICT right, GLOBAL const T* RESTRICT a, GLOBAL T* RESTRICT x, Lines l, int with_dots, int with_a,
 T sign) {
  SHARED A all[256];
  int row = line_of(l), own = row < l.lines;
  A s = 0;
  for (int c = lane_of(l); own && with_dots && c < l.n; c += l.lanes) s += left[(i64)row * l.n + c] * right[(i64)row * l.n + c];
  s = line_sum(l, s, all);
  if (own && lane_of(l) == 0) x[row] = (with_a ? a[row] : C(0)) + sign * s;
}

DEVICE A softmax_ratio(A x, A lse) { return lse == -INF || x == -INF ? C(0) : exp(x - lse); }

/* A thread a row and number of v, and one more a row for Q, whose products with p go to ds, that before the first token to dlse0. */
KERNEL(64, softmax_scan_gradient)
(GLOBAL const T* score, GLOBAL const T* lse0, GLOBAL const T* lse, GLOBAL const T* d_o, GLOBAL const T* pulled, GLOBAL T* ds, GLOBAL T* dv,
 GLOBAL T* d_lse0, GLOBAL T* d_o0, int tokens, int width, int initial, int with_o) {
  int j = BLOCK_X * 64 + THREAD;
  i64 row = (i64)BLOCK_Z * BLOCKS_Y + BLOCK_Y;
  if (j > width) return;
  A x = 0;
  for (int t = tokens - 1; t >= 0; t--) {
    i64 at = row * tokens + t;
    A own = j == width ? pulled[at] : with_o ? d_o[at * width + j] : C(0);
    if (t < tokens - 1) x *= softmax_ratio(lse[at], lse[at + 1]);
    x += own;
    A y = softmax_ratio(score[at], lse[at]) * x;
    if (j == width) ds[at] = y;
    else dv[at * width + j] = y;
  }
  if (!initial) return;
  x *= softmax_ratio(lse0[row], lse[row * tokens]);
  if (j == width) d_lse0[row] = x;
  else d_o0[row * width + j] = x;
}
