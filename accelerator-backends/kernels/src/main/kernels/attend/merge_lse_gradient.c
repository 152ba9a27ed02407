// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/*
 * Gradients to one part of joined attentions: with w = exp(lse_s + weight_s - lse), do_s = w do and
 * dlse_s = dweight_s = w (sum(do (o_s - o)) + dlse). Nothing where all parts have seen nothing.
 */
KERNEL(256, merge_lse_gradient)
(GLOBAL const T* RESTRICT part, GLOBAL const A* RESTRICT part_lse, GLOBAL const A* RESTRICT weight, GLOBAL const T* RESTRICT o,
 GLOBAL const A* RESTRICT lse, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT d_lse, GLOBAL T* RESTRICT d_part,
 GLOBAL A* RESTRICT d_part_lse, GLOBAL A* RESTRICT d_weight, Lines l, int weighted, int with_o, int with_lse) {
  SHARED A all[256];
  int row = line_of(l), own = row < l.lines;
  A w = 0, s = 0;
  if (own && lse[row] != -INF) w = exp(part_lse[row] + (weighted ? weight[row] : C(0)) - lse[row]);
  for (int c = lane_of(l); own && c < l.n; c += l.lanes) {
    i64 at = (i64)row * l.n + c;
    A g = with_o ? LOAD(d_o, at) : C(0);
    s += g * (LOAD(part, at) - LOAD(o, at));
    STORE(d_part, at, w * g);
  }
  s = line_sum(l, s, all);
  if (own && lane_of(l) == 0) {
    A g = w * (s + (with_lse ? d_lse[row] : C(0)));
    d_part_lse[row] = g;
    if (weighted) d_weight[row] = g;
  }
}
