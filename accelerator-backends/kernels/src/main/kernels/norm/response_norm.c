// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/* Global response norm of x [B, positions, C]. */

/* work[b][part][c] = the sum of squares over `run` positions; block (x, y, z) does 64 channels of part y of sample z. */
KERNEL(256, response_squares)
(GLOBAL const T* RESTRICT x, GLOBAL A* RESTRICT work, int positions, int channels, int run) {
  SHARED A sums[256];
  int c = BLOCK_X * 64 + THREAD % 64;
  int to = min(positions, (BLOCK_Y + 1) * run);
  A s = 0;
  if (c < channels)
    for (int i = BLOCK_Y * run + THREAD / 64; i < to; i += 4) {
      A v = LOAD(x, ((i64)BLOCK_Z * positions + i) * channels + c);
      s += v * v;
    }
  sums[THREAD] = s;
  BARRIER();
  if (THREAD < 64 && c < channels)
    work[((i64)BLOCK_Z * BLOCKS_Y + BLOCK_Y) * channels + c] =
        (sums[THREAD] + sums[THREAD + 64]) + (sums[THREAD + 128] + sums[THREAD + 192]);
}

/* gain[b][c] = g / (mean g + eps) with g the root of the joined sums; one block a sample. */
KERNEL(256, response_gain)
(GLOBAL const A* RESTRICT work, GLOBAL A* RESTRICT gain, int channels, int parts, A epsilon) {
  SHARED A sums[256];
  Lines block;
  block.lines = 1;
  block.n = 1;
  block.lanes = 256;
  block.rows = 1;
  i64 at = (i64)BLOCK_X * channels;
  A total = 0;
  for (int c = THREAD; c < channels; c += 256) {
    A s = 0;
    for (int i = 0; i < parts; i++) s += work[at * parts + (i64)i * channels + c];
    A g = sqrt(s);
    gain[at + c] = g;
    total += g;
  }
  total = line_sum(block, total, sums);
  A f = C(1) / (total / (A)channels + epsilon);
  for (int c = THREAD; c < channels; c += 256) gain[at + c] *= f;
}

KERNEL(256, response_norm)
(GLOBAL const T* RESTRICT x, GLOBAL const A* RESTRICT gain, GLOBAL const T* RESTRICT gamma, GLOBAL const T* RESTRICT beta, GLOBAL T* RESTRICT y,
 i64 size, i64 sample, int channels) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 b = e / sample;
  int c = (int)(e % channels);
  A v = LOAD(x, e);
  STORE(y, e, v * gain[b * channels + c] * LOAD(gamma, c) + LOAD(beta, c) + v);
}
