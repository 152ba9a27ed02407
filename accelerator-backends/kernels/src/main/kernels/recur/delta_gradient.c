// variants: f32 f64
#include "zoo.h"
#include "recur.h"

/*
 * The gradient of the delta rule. Forward, e_t = v_t - k_t^T kept_t, u_t = beta_t e_t (recur.c writes e). With D the adjoint of the state
 * after token t, as it comes from the tokens behind it,
 *
 *   D += pre scale q do^T,  du = D^T k,  D = a (D - beta k du^T + mid scale q do^T) + post scale q do^T
 *
 * where pre, mid and post say which state o reads. Segments run side by side: columns from D = 0 to what they hand on, then combine_matrix
 * of recur.c from the last to the first by the transposed matrices of the forward sweep, then columns again (dv = beta du), then rows,
 * which hold the other axis of D, for dk = D u - kept dv. The rest are sweeps of recur.c: dq = scale S do and kept dv with u given, so that
 * the rule is a plain recurrence.
 */
typedef struct {
  A pre, mid, post;
} Reads;

DEVICE Reads reads_of(Recur s) {
  Reads r;
  r.pre = s.read == READ_AFTER ? C(1) : s.read == READ_HALF ? C(0.5) : C(0);
  r.mid = s.read == READ_KEPT ? C(1) : s.read == READ_HALF ? C(0.5) : C(0);
  r.post = s.read == READ_BEFORE ? C(1) : C(0);
  return r;
}

DEVICE A kept_share(GLOBAL const A* decay, i64 at, Recur s) { return s.gate == GATE_DELTA_DECAY ? exp(decay[at]) : C(1); }

#define DELTA_COLUMNS delta_columns_16
#define DELTA_ROWS delta_rows_16
#define DELTA_HELD 16
#include "delta_gradient.h"
#define DELTA_COLUMNS delta_columns_32
#define DELTA_ROWS delta_rows_32
#define DELTA_HELD 32
#include "delta_gradient.h"
#define DELTA_COLUMNS delta_columns_64
#define DELTA_ROWS delta_rows_64
#define DELTA_HELD 64
#include "delta_gradient.h"
#define DELTA_COLUMNS delta_columns_128
#define DELTA_ROWS delta_rows_128
#define DELTA_HELD 128
#include "delta_gradient.h"
#define DELTA_COLUMNS delta_columns_256
#define DELTA_ROWS delta_rows_256
#define DELTA_HELD 256
#include "delta_gradient.h"

/* u = beta e: a thread an element. */
KERNEL(128, delta_values)(GLOBAL const T* RESTRICT error, GLOBAL const A* RESTRICT beta, GLOBAL T* RESTRICT u, i64 size, int dv) {
  i64 i = (i64)BLOCK_X * 128 + THREAD;
  if (i < size) STORE(u, i, beta[i / dv] * LOAD(error, i));
}

/* dbeta = du . e: a block of 32 threads a token, their sums in order. */
KERNEL(32, delta_beta)(GLOBAL const T* RESTRICT du, GLOBAL const T* RESTRICT error, GLOBAL A* RESTRICT dbeta, int dv) {
  SHARED A part[32];
  i64 row = BLOCK_X;
  A sum = C(0);
  for (int j = THREAD; j < dv; j += 32) sum += LOAD(du, row * dv + j) * LOAD(error, row * dv + j);
  part[THREAD] = sum;
  BARRIER();
  if (THREAD == 0) {
    for (int t = 1; t < 32; t++) sum += part[t];
    dbeta[row] = sum;
  }
}
