// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * Attention received by every key: y[b, i] = sum over heads h and rows j of alive queries of p[b, h, j, i].
 *
 * A block owns 32 neighbouring columns of one head: 8 rows at a time, so that each row is read in one piece, then the 8 sums in order. The
 * heads are added by a second kernel, in order too: equal inputs give equal bits.
 */
#define COLUMNS 32
#define ROWS 8

KERNEL(256, received)
(GLOBAL const T* RESTRICT p, GLOBAL const u8* RESTRICT alive, GLOBAL A* RESTRICT parts, int heads, int rows, int columns) {
  SHARED A sums[ROWS][COLUMNS];
  int lane = THREAD / COLUMNS, c = THREAD % COLUMNS;
  int i = BLOCK_X * COLUMNS + c, h = BLOCK_Y, b = BLOCK_Z;
  i64 head = (i64)b * heads + h;
  A sum = C(0);
  if (i < columns) {
    for (int j = lane; j < rows; j += ROWS) {
      if (alive[(i64)b * rows + j]) sum += LOAD(p, (head * rows + j) * columns + i);
    }
  }
  sums[lane][c] = sum;
  BARRIER();
  if (lane == 0 && i < columns) {
    for (int l = 1; l < ROWS; l++) sum += sums[l][c];
    parts[head * columns + i] = sum;
  }
}

KERNEL(128, fold_heads)(GLOBAL const A* RESTRICT parts, GLOBAL T* RESTRICT y, i64 size, int heads, int columns) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 b = e / columns, i = e - b * columns;
  A sum = C(0);
  for (int h = 0; h < heads; h++) sum += parts[(b * heads + h) * columns + i];
  STORE(y, e, sum);
}
