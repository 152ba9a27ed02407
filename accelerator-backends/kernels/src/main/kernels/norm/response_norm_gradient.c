// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/*
 * Gradients of y = gamma x n + beta + x with n = g / m, m = mean(g) + eps and g the root of a channel's sum of squares over its sample:
 * dx = dy (gamma n + 1) + x r,  r = (gamma S / m - sum_c(gamma S g) / (C m^2)) / g,  S = sum(dy x); a silent channel has r = 0.
 */

/* work[b][part][c] = sums of x x, dy x and dy over `run` positions; block (x, y, z) does 64 channels of part y of sample z. */
KERNEL(256, response_sums)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT dy, GLOBAL A* RESTRICT work, int positions, int channels, int run) {
  SHARED A sums[3][256];
  int c = BLOCK_X * 64 + THREAD % 64;
  int to = min(positions, (BLOCK_Y + 1) * run);
  A s[3];
  s[0] = s[1] = s[2] = 0;
  if (c < channels)
    for (int i = BLOCK_Y * run + THREAD / 64; i < to; i += 4) {
      i64 at = ((i64)BLOCK_Z * positions + i) * channels + c;
      A v = LOAD(x, at), g = LOAD(dy, at);
      s[0] += v * v;
      s[1] += g * v;
      s[2] += g;
    }
  UNROLL for (int n = 0; n < 3; n++) sums[n][THREAD] = s[n];
  BARRIER();
  if (THREAD < 64 && c < channels)
    UNROLL for (int n = 0; n < 3; n++)
      work[(((i64)BLOCK_Z * BLOCKS_Y + BLOCK_Y) * channels + c) * 3 + n] =
          (sums[n][THREAD] + sums[n][THREAD + 64]) + (sums[n][THREAD + 128] + sums[n][THREAD + 192]);
}

/* facts[b][c] = (n, r, S n, sum dy); one block a sample. */
KERNEL(256, response_facts)
(GLOBAL const A* RESTRICT work, GLOBAL const T* RESTRICT gamma, GLOBAL A* RESTRICT facts, int channels, int parts, A epsilon) {
  SHARED A sums[256];
  Lines block;
  block.lines = 1;
  block.n = 1;
  block.lanes = 256;
  block.rows = 1;
  i64 at = (i64)BLOCK_X * channels;
  A all = 0, pulled = 0;
  for (int c = THREAD; c < channels; c += 256) {
    A s[3];
    s[0] = s[1] = s[2] = 0;
    for (int i = 0; i < parts; i++)
      UNROLL for (int n = 0; n < 3; n++) s[n] += work[(at * parts + (i64)i * channels + c) * 3 + n];
    A g = sqrt(s[0]);
    facts[(at + c) * 4] = g;
    facts[(at + c) * 4 + 2] = s[1];
    facts[(at + c) * 4 + 3] = s[2];
    all += g;
    pulled += LOAD(gamma, c) * s[1] * g;
  }
  all = line_sum(block, all, sums);
  pulled = line_sum(block, pulled, sums);
  A m = all / (A)channels + epsilon;
  for (int c = THREAD; c < channels; c += 256) {
    GLOBAL A* own = facts + (at + c) * 4;
    A g = own[0], s = own[2], n = g / m;
    own[0] = n;
    own[1] = g > 0 ? (LOAD(gamma, c) * s / m - pulled / ((A)channels * m * m)) / g : C(0);
    own[2] = s * n;
  }
}

KERNEL(256, response_norm_gradient)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT facts, GLOBAL const T* RESTRICT gamma, GLOBAL T* RESTRICT dx,
 i64 size, i64 sample, int channels) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  int c = (int)(e % channels);
  GLOBAL const A* own = facts + (e / sample * channels + c) * 4;
  STORE(dx, e, LOAD(dy, e) * (LOAD(gamma, c) * own[0] + C(1)) + LOAD(x, e) * own[1]);
}

/* Sums over samples, a thread a channel. */
KERNEL(256, response_weights)
(GLOBAL const A* RESTRICT facts, GLOBAL T* RESTRICT d_gamma, GLOBAL T* RESTRICT d_beta, int batch, int channels) {
  int c = BLOCK_X * 256 + THREAD;
  if (c >= channels) return;
  A gamma = 0, beta = 0;
  for (int b = 0; b < batch; b++) {
    gamma += facts[((i64)b * channels + c) * 4 + 2];
    beta += facts[((i64)b * channels + c) * 4 + 3];
  }
  STORE(d_gamma, c, gamma);
  STORE(d_beta, c, beta);
}
