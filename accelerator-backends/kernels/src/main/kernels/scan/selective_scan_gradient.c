// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "scan.h"

/*
 * The gradient of the selective scan. With dy' = dy silu(z) and the adjoint of h_t
 *
 *   l_t = C_t dy'_t + c_t,  c_{t-1} = keep_t l_t,  c of the last token the cotangent of the end state,
 *
 * tokens are cut into segments that run side by side: states at the start of each segment as in the forward scan; c at its end by the
 * same three steps against time (adjoint_*, then combine of selective_scan.c); then gradient_* goes through each segment forward, keeping
 * h before every eighth token, and back. Sums over channels (B, C) and over tokens (A, D, bias) are parts that `fold` adds in order.
 */
#define ADJOINT_NAME adjoint_4
#define ADJOINT_STATES 4
#include "scan_adjoint.h"
#define ADJOINT_NAME adjoint_16
#define ADJOINT_STATES 16
#include "scan_adjoint.h"
#define ADJOINT_NAME adjoint_64
#define ADJOINT_STATES 64
#include "scan_adjoint.h"

#define GRADIENT_THREADS 128
#define TILE 8
#define BATCH 4

#define GRADIENT_NAME gradient_4
#define STATES 4
#define SEGMENT 64
#include "scan_gradient.h"
#define GRADIENT_NAME gradient_16
#define STATES 16
#define SEGMENT 64
#include "scan_gradient.h"
#define GRADIENT_NAME gradient_64
#define STATES 64
#define SEGMENT 16
#include "scan_gradient.h"

/* Sums of `rows` rows, in order and compensated: one thread an element. */
DEVICE A folded(GLOBAL const A* x, i64 i, i64 width, int rows) {
  A sum = C(0), lost = C(0);
  for (int r = 0; r < rows; r++) {
    A term = x[r * width + i] - lost, next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  return sum;
}

KERNEL(128, fold)(GLOBAL const A* RESTRICT x, GLOBAL T* RESTRICT y, i64 width, int rows) {
  i64 i = (i64)BLOCK_X * 128 + THREAD;
  if (i < width) STORE(y, i, folded(x, i, width, rows));
}

KERNEL(128, fold_wide)(GLOBAL const A* RESTRICT x, GLOBAL A* RESTRICT y, i64 width, int rows) {
  i64 i = (i64)BLOCK_X * 128 + THREAD;
  if (i < width) y[i] = folded(x, i, width, rows);
}
