// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * op(L) x = b by substitution: a thread owns a column of x, which stays in `work` unrounded; neighbours read the same element of L. Rows run
 * upwards when `upwards`.
 */
KERNEL(64, triangular_solve)
(GLOBAL const T* RESTRICT l, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT x, GLOBAL A* work, int n, int columns, int row_step, int col_step,
 int upwards, int unit) {
  int tiles = (columns + 63) / 64, batch = BLOCK_X / tiles, c = BLOCK_X % tiles * 64 + THREAD;
  if (c >= columns) return;
  i64 at_l = (i64)batch * n * n, at = (i64)batch * n * columns + c;
  for (int step = 0; step < n; step++) {
    int i = upwards ? n - 1 - step : step;
    A s = LOAD(b, at + (i64)i * columns);
    for (int k = 0; k < step; k++) {
      int j = upwards ? n - 1 - k : k;
      s -= LOAD(l, at_l + (i64)i * row_step + (i64)j * col_step) * work[at + (i64)j * columns];
    }
    if (!unit) s /= LOAD(l, at_l + (i64)i * (row_step + col_step));
    work[at + (i64)i * columns] = s;
    STORE(x, at + (i64)i * columns, s);
  }
}
