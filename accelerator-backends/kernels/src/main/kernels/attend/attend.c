// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "attend.h"

#define BM 64
#define TX 16
#define TY 16
#define ATTEND_NAME attend_64
#define DV 64
#include "attend_tile.h"
#undef ATTEND_NAME
#undef DV
#define ATTEND_NAME attend_128
#define DV 128
#include "attend_tile.h"
#undef ATTEND_NAME
#undef DV
#define ATTEND_NAME attend_256
#define DV 256
#include "attend_tile.h"
#undef BM
#undef TX
#undef TY
#undef ATTEND_NAME
#undef DV

/* Few rows: one generated token, or the few heads that share a key head. */
#define BM 8
#define TX 32
#define TY 8
#define ATTEND_NAME attend_rows
#define DV 256
#include "attend_tile.h"

/* Joins the parts of each row in order; a thread a number of the result. */
KERNEL(256, attend_join)
(GLOBAL const A* RESTRICT work_o, GLOBAL const A* RESTRICT work_lse, GLOBAL T* RESTRICT o, GLOBAL A* RESTRICT lse, i64 rows, int depth_v,
 int parts, int softmax) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= rows * depth_v) return;
  i64 row = n / depth_v;
  A sum = 0, total = 0, high = -INF;
  if (!softmax) {
    for (int s = 0; s < parts; s++) sum += work_o[s * rows * depth_v + n];
    STORE(o, n, sum);
    return;
  }
  for (int s = 0; s < parts; s++) {
    A l = work_lse[s * rows + row];
    high = l > high || l != l ? l : high;
  }
  for (int s = 0; s < parts && high != -INF; s++) {
    A w = exp(work_lse[s * rows + row] - high);
    total += w;
    if (w != 0) sum += w * work_o[s * rows * depth_v + n];
  }
  STORE(o, n, total == 0 ? C(0) : sum / total);
  if (n == row * depth_v) lse[row] = total == 0 ? -INF : high + log(total);
}
