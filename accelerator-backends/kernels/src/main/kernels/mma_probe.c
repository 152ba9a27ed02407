// variants: bf16 f16
// arch: compute_80
#include "zoo.h"
#include "mma.h"

/*
 * The fragment layer by itself, a warp a block: where elements lie in registers is compared with a table of the PTX ISA, by the emulation
 * in every build and by the instructions on a device that has them.
 */

/* d[lane][4] = c[lane][4] + a[lane][4] b[lane][2], registers as they are. */
KERNEL(32, mma_registers)
(GLOBAL const u32* RESTRICT a, GLOBAL const u32* RESTRICT b, GLOBAL const float* RESTRICT c, GLOBAL float* RESTRICT d) {
  EMULATED(SHARED u32 mma_exchange[6][32];)
  u32 left[1][4], right[1][2];
  float acc[1][1][4];
  UNROLL for (int r = 0; r < 4; r++) left[0][r] = a[THREAD * 4 + r];
  UNROLL for (int r = 0; r < 2; r++) right[0][r] = b[THREAD * 2 + r];
  UNROLL for (int e = 0; e < 4; e++) acc[0][0][e] = c[THREAD * 4 + e];
  MMA(acc, left, right, 1, 1);
  UNROLL for (int e = 0; e < 4; e++) d[THREAD * 4 + e] = acc[0][0][e];
}

/* A tile of 32 rows of 8 elements by ldmatrix, plain into the first 128 words of out and transposed into the next. */
#define PLAIN_ROW(lane) ((lane) * 8)
KERNEL(32, matrix_registers)(GLOBAL const T* RESTRICT x, GLOBAL u32* RESTRICT out) {
  SHARED T tile[32 * 8] __attribute__((aligned(16)));
  u32 d[4];
  Copies copies;
  copies_begin(&copies);
  copy16(&copies, tile + THREAD * 8, x + THREAD * 8, THREAD == 31 ? 10 : 16);
  copies_commit(&copies);
  COPIES_WAIT(&copies, 0);
  BARRIER();
  LDMATRIX4(d, tile, PLAIN_ROW);
  UNROLL for (int r = 0; r < 4; r++) out[THREAD * 4 + r] = d[r];
  LDMATRIX4_TRANSPOSED(d, tile, PLAIN_ROW);
  UNROLL for (int r = 0; r < 4; r++) out[128 + THREAD * 4 + r] = d[r];
}

/* The greatest and the sum of each quad of lanes, for two numbers of each. */
KERNEL(32, quads)(GLOBAL const float* RESTRICT x, GLOBAL float* RESTRICT greatest, GLOBAL float* RESTRICT sum) {
  EMULATED(SHARED u32 mma_exchange[2][32];)
  float v[2];
  UNROLL for (int i = 0; i < 2; i++) v[i] = x[THREAD * 2 + i];
  QUAD_MAX(v, 2);
  UNROLL for (int i = 0; i < 2; i++) greatest[THREAD * 2 + i] = v[i];
  UNROLL for (int i = 0; i < 2; i++) v[i] = x[THREAD * 2 + i];
  QUAD_SUM(v, 2);
  UNROLL for (int i = 0; i < 2; i++) sum[THREAD * 2 + i] = v[i];
}
