// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "conv.h"
#include "lines.h"

/* Convolutions whose groups have few channels: tiles of a product would be empty, so a thread sums a result of its own. */

KERNEL(256, depthwise)(GLOBAL const T* RESTRICT w, GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 size, Conv g) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  int cg = g.channels / g.groups, og = g.outputs / g.groups, xs = volume(g.x), ws = volume(g.w), ys = volume(g.y);
  i64 plane = n / ys;
  int b = (int)(plane / g.outputs), o = (int)(plane - (i64)b * g.outputs);
  Place p = place_of((int)(n - plane * ys), g.y);
  A s = 0;
  for (int t = 0; t < ws; t++) {
    int i = input_at(&g, p, place_of(t, g.w));
    if (i < 0) continue;
    for (int c = 0; c < cg; c++)
      s += LOAD(w, ((i64)o * cg + c) * ws + t) * LOAD(x, ((i64)b * g.channels + o / og * cg + c) * xs + i);
  }
  STORE(y, n, s);
}

KERNEL(256, depthwise_input)(GLOBAL const T* RESTRICT w, GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT dx, i64 size, Conv g) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  int cg = g.channels / g.groups, og = g.outputs / g.groups, xs = volume(g.x), ws = volume(g.w), ys = volume(g.y);
  i64 plane = n / xs;
  int b = (int)(plane / g.channels), c = (int)(plane - (i64)b * g.channels);
  Place p = place_of((int)(n - plane * xs), g.x);
  A s = 0;
  for (int t = 0; t < ws; t++) {
    int i = output_at(&g, p, place_of(t, g.w));
    if (i < 0) continue;
    for (int o = c / cg * og; o < (c / cg + 1) * og; o++)
      s += LOAD(w, ((i64)o * cg + c % cg) * ws + t) * LOAD(dy, ((i64)b * g.outputs + o) * ys + i);
  }
  STORE(dx, n, s);
}

/* A block sums one weight's gradient. */
KERNEL(256, depthwise_weight)(GLOBAL const T* RESTRICT dy, GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT dw, Conv g) {
  SHARED A sums[256];
  Lines block;
  block.lines = 1;
  block.n = 1;
  block.lanes = 256;
  block.rows = 1;
  int cg = g.channels / g.groups, og = g.outputs / g.groups, xs = volume(g.x), ws = volume(g.w), ys = volume(g.y);
  int o = BLOCK_X / (cg * ws), c = BLOCK_X / ws % cg;
  Place tap = place_of(BLOCK_X % ws, g.w);
  A s = 0;
  for (int n = THREAD; n < g.batch * ys; n += 256) {
    int b = n / ys, i = input_at(&g, place_of(n - b * ys, g.y), tap);
    if (i >= 0) s += LOAD(dy, ((i64)b * g.outputs + o) * ys + n - b * ys) * LOAD(x, ((i64)b * g.channels + o / og * cg + c) * xs + i);
  }
  s = line_sum(block, s, sums);
  if (THREAD == 0) STORE(dw, BLOCK_X, s);
}
