// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "attend.h"
#include "attend_gradient.h"

#define DV 128
#define DQ_NAME attend_dq_128
#define DK_NAME attend_dk_128
#define DV_NAME attend_dv_128
#include "attend_gradient_tile.h"
#undef DV
#undef DQ_NAME
#undef DK_NAME
#undef DV_NAME
#define DV 256
#define DQ_NAME attend_dq_256
#define DK_NAME attend_dk_256
#define DV_NAME attend_dv_256
#include "attend_gradient_tile.h"

/* delta = sum(dO o) - dlse of a row, a thread a row. */
KERNEL(256, attend_delta)
(GLOBAL const T* RESTRICT o, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT d_lse, GLOBAL A* RESTRICT delta, i64 n, int depth_v,
 int with_lse) {
  i64 row = (i64)BLOCK_X * 256 + THREAD;
  if (row >= n) return;
  A s = 0;
  for (int c = 0; c < depth_v; c++) s += LOAD(o, row * depth_v + c) * LOAD(d_o, row * depth_v + c);
  delta[row] = with_lse ? s - d_lse[row] : s;
}
