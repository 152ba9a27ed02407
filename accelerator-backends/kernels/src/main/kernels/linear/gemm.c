// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "gemm.h"

#define GEMM_NAME gemm_64
#define MT 64
#define NT 64
#define KT 16
#define RM 4
#define RN 4
#include "gemm_tile.h"
#undef GEMM_NAME
#undef MT
#undef NT
#undef KT
#undef RM
#undef RN

#define GEMM_NAME gemm_128
#define MT 128
#define NT 128
#define KT 8
#define RM 8
#define RN 8
#include "gemm_tile.h"

KERNEL(256, gemm_join)
(GLOBAL const A* RESTRICT work, GLOBAL T* RESTRICT c, GLOBAL const T* RESTRICT bias, Product p) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= p.results) return;
  A sum = 0;
  for (int s = 0; s < p.splits; s++) sum += work[(i64)s * p.results + i];
  int n = (int)(i % p.n), m = (int)(i / p.n % p.m);
  i64 batch = i / ((i64)p.n * p.m);
  STORE(c, batch * p.m * p.n + (i64)m * p.c_m + (i64)n * p.c_n, finish(sum, bias, m, n, p));
}

/* Few rows: every element of B is read once, by neighbours along its contiguous axis; the parts of a sum meet in shared memory. */
#define ROWS 8
KERNEL(256, gemm_rows)
(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT c, GLOBAL const T* RESTRICT bias, Product p, Walk batches) {
  SHARED A part[ROWS][256];
  int along_k = p.b_k == 1;
  int cols = along_k ? 8 : 32, lanes = 256 / cols;
  int col = along_k ? THREAD / 32 : THREAD % 32, lane = along_k ? THREAD % 32 : THREAD / 32;
  int tiles = (p.n + cols - 1) / cols;
  int batch = BLOCK_X / tiles, n = BLOCK_X % tiles * cols + col;
  i64 at_a, at_b, unused;
  walk(batches, batch, &at_a, &at_b, &unused);
  A acc[ROWS];
  UNROLL for (int r = 0; r < ROWS; r++) acc[r] = 0;
  if (n < p.n) {
    _Pragma("unroll 4") for (int k = lane; k < p.k; k += lanes) {
      A right = LOAD(b, at_b + (i64)k * p.b_k + (i64)n * p.b_n);
      UNROLL for (int r = 0; r < ROWS; r++)
        if (r < p.m) acc[r] += LOAD(a, at_a + (i64)r * p.a_m + (i64)k * p.a_k) * right;
    }
  }
  UNROLL for (int r = 0; r < ROWS; r++) part[r][col * lanes + lane] = acc[r];
  BARRIER();
  for (int i = THREAD; i < p.m * cols; i += 256) {
    int r = i / cols, own = i % cols, to = BLOCK_X % tiles * cols + own;
    if (to < p.n) {
      A sum = 0;
      for (int l = 0; l < lanes; l++) sum += part[r][own * lanes + l];
      STORE(c, (i64)batch * p.m * p.n + (i64)r * p.c_m + (i64)to * p.c_n, finish(sum, bias, r, to, p));
    }
  }
}
