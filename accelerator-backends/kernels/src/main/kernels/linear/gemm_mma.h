/* What the products by tensor cores share: sizes of a block's tiles, and how sums are finished. */
#ifndef GEMM_MMA_H
#define GEMM_MMA_H

#include "pack.h"
#include "mma.h"
#include "gemm.h"

#define SIDE 128
#define KT 32
#define STAGES 3
#define TILE (SIDE * KT)
/* Floats from one row of sums to the next, such that eight rows lie in different banks. */
#define SUM_ROW (SIDE + 8)
/* Rows of tiles that blocks take together. */
#define NEIGHBOURS 16

/* Eight sums of a row, from column n. */
DEVICE void put8(GLOBAL T* c, GLOBAL A* work, GLOBAL const T* bias, Product p, int split, i64 at_c, int r, int n,
                 SHARED_POINTER float* sums) {
  i64 at = at_c + (i64)r * p.n + n;
  int count = min(8, p.n - n);
  if (p.splits > 1) {
    GLOBAL A* to = work + (i64)split * p.results + at;
    UNROLL for (int i = 0; i < 8; i++)
      if (i < count) to[i] = sums[i];
  } else if (p.n % 8 == 0) {
    ROLLED for (int i = 0; i < 8; i++) sums[i] = finish(sums[i], bias, r, n + i, p);
    Pack result;
    UNROLL for (int i = 0; i < 8; i++) result.v[i] = sums[i];
    pack_store(c, at, at + 8, result);
  } else {
    ROLLED for (int i = 0; i < count; i++) STORE(c, at + i, finish(sums[i], bias, r, n + i, p));
  }
}

#endif
