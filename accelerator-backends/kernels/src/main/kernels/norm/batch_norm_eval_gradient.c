// variants: f32 f64 bf16 f16
#include "zoo.h"

/* Gradients of (x - mean) f weight + bias with f = 1 / sqrt(var + eps) given; sums of dy and of dy (x - mean) come from batch_norm.c. */

/* dx = dy f weight. */
KERNEL(256, batch_eval_gradient)
(GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT var, GLOBAL const T* RESTRICT weight, GLOBAL T* RESTRICT dx, i64 size, int channels,
 int positions, int affine, A epsilon) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  int c = (int)(e / positions % channels);
  A f = C(1) / sqrt(var[c] + epsilon);
  STORE(dx, e, LOAD(dy, e) * f * (affine ? LOAD(weight, c) : C(1)));
}

/* dmean = - f weight sum(dy), dvar = - f^3 weight sum(dy (x - mean)) / 2. */
KERNEL(256, batch_eval_statistics)
(GLOBAL const A* RESTRICT sums, GLOBAL const A* RESTRICT var, GLOBAL const T* RESTRICT weight, GLOBAL A* RESTRICT d_mean,
 GLOBAL A* RESTRICT d_var, int channels, int affine, A epsilon) {
  int c = BLOCK_X * 256 + THREAD;
  if (c >= channels) return;
  A f = C(1) / sqrt(var[c] + epsilon), w = affine ? LOAD(weight, c) : C(1);
  d_mean[c] = -f * w * sums[2 * c];
  d_var[c] = C(-0.5) * f * f * f * w * sums[2 * c + 1];
}
