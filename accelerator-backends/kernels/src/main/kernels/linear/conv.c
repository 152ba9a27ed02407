// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "conv.h"

/* y[b, o, p] = sum over c and taps of w[o, c, tap] x[b, c, p stride - before + tap dilation], zero outside. */
#define CONV_NAME conv
#define CONV_M og
#define CONV_N (g.batch * ys)
#define CONV_K (cg * ws)
#define CONV_COLUMN \
  int b = own / ys; \
  Place y = place_of(own % ys, g.y)
#define CONV_LEFT LOAD(left, ((i64)group * og + m) * k_size + k)
#define CONV_RIGHT                                                                                    \
  int i = input_at(&g, y, place_of(k % ws, g.w));                                                     \
  if (i >= 0) value = LOAD(right, ((i64)b * g.channels + group * cg + k / ws) * xs + i)
#define CONV_RESULT ((i64)(c / ys) * g.outputs + group * og + m) * ys + c % ys
#include "conv_tile.h"
#undef CONV_NAME
#undef CONV_M
#undef CONV_N
#undef CONV_K
#undef CONV_COLUMN
#undef CONV_LEFT
#undef CONV_RIGHT
#undef CONV_RESULT

/* The adjoint in x: left is w, right is dy. */
#define CONV_NAME conv_input
#define CONV_M cg
#define CONV_N (g.batch * xs)
#define CONV_K (og * ws)
#define CONV_COLUMN \
  int b = own / xs; \
  Place x = place_of(own % xs, g.x)
#define CONV_LEFT LOAD(left, (((i64)group * og + k / ws) * cg + m) * ws + k % ws)
#define CONV_RIGHT                                                                                     \
  int i = output_at(&g, x, place_of(k % ws, g.w));                                                     \
  if (i >= 0) value = LOAD(right, ((i64)b * g.outputs + group * og + k / ws) * ys + i)
#define CONV_RESULT ((i64)(c / xs) * g.channels + group * cg + m) * xs + c % xs
#include "conv_tile.h"
#undef CONV_NAME
#undef CONV_M
#undef CONV_N
#undef CONV_K
#undef CONV_COLUMN
#undef CONV_LEFT
#undef CONV_RIGHT
#undef CONV_RESULT

/* The adjoint in w: left is dy, right is x. */
#define CONV_NAME conv_weight
#define CONV_M og
#define CONV_N (cg * ws)
#define CONV_K (g.batch * ys)
#define CONV_COLUMN \
  int ch = own / ws; \
  Place tap = place_of(own % ws, g.w)
#define CONV_LEFT LOAD(left, ((i64)(k / ys) * g.outputs + group * og + m) * ys + k % ys)
#define CONV_RIGHT                                                                                 \
  int i = input_at(&g, place_of(k % ys, g.y), tap);                                                \
  if (i >= 0) value = LOAD(right, ((i64)(k / ys) * g.channels + group * cg + ch) * xs + i)
#define CONV_RESULT ((i64)group * og + m) * n_size + c
#include "conv_tile.h"

/* Adds the parts of a weight's gradient in order. */
KERNEL(256, conv_join)(GLOBAL const A* RESTRICT work, GLOBAL T* RESTRICT out, i64 size, int parts) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= size) return;
  A s = 0;
  for (int p = 0; p < parts; p++) s += work[p * size + i];
  STORE(out, i, s);
}
