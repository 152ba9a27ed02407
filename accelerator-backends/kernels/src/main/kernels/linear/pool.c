// variants: f32 f64 bf16 f16
#include "zoo.h"

/* Pools on three spatial axes (missing ones in front have size 1), one thread a result; windows are cut to what is no padding. */
typedef struct {
  int x[3], y[3], extent[3], stride[3], before[3];
  int count_padding;
} Pool;

DEVICE int pool_from(Pool g, int d, int o) { return max(0, o * g.stride[d] - g.before[d]); }
DEVICE int pool_to(Pool g, int d, int o) { return min(g.x[d], o * g.stride[d] - g.before[d] + g.extent[d]); }

KERNEL(256, max_pool)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, GLOBAL i64* RESTRICT index, i64 size, Pool g) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  int ys = g.y[0] * g.y[1] * g.y[2];
  i64 plane = n / ys, at = plane * g.x[0] * g.x[1] * g.x[2];
  int o = (int)(n - plane * ys), c0 = o % g.y[2], r0 = o / g.y[2] % g.y[1], z0 = o / g.y[2] / g.y[1];
  int best = -1;
  A top = -INF;
  for (int z = pool_from(g, 0, z0); z < pool_to(g, 0, z0); z++)
    for (int r = pool_from(g, 1, r0); r < pool_to(g, 1, r0); r++)
      for (int c = pool_from(g, 2, c0); c < pool_to(g, 2, c0); c++) {
        int i = (z * g.x[1] + r) * g.x[2] + c;
        A v = LOAD(x, at + i);
        /* The first of equal ones; the first NaN wins. */
        if (best < 0 || v > top || (v != v && top == top)) {
          best = i;
          top = v;
        }
      }
  STORE(y, n, top);
  index[n] = best;
}

DEVICE A pool_count(Pool g, int z, int r, int c) {
  if (g.count_padding) return (A)(g.extent[0] * g.extent[1] * g.extent[2]);
  return (A)((pool_to(g, 0, z) - pool_from(g, 0, z)) * (pool_to(g, 1, r) - pool_from(g, 1, r)) * (pool_to(g, 2, c) - pool_from(g, 2, c)));
}

KERNEL(256, avg_pool)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 size, Pool g) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  int ys = g.y[0] * g.y[1] * g.y[2];
  i64 plane = n / ys, at = plane * g.x[0] * g.x[1] * g.x[2];
  int o = (int)(n - plane * ys), c0 = o % g.y[2], r0 = o / g.y[2] % g.y[1], z0 = o / g.y[2] / g.y[1];
  A s = 0;
  for (int z = pool_from(g, 0, z0); z < pool_to(g, 0, z0); z++)
    for (int r = pool_from(g, 1, r0); r < pool_to(g, 1, r0); r++)
      for (int c = pool_from(g, 2, c0); c < pool_to(g, 2, c0); c++) s += LOAD(x, at + (z * g.x[1] + r) * g.x[2] + c);
  STORE(y, n, s / pool_count(g, z0, r0, c0));
}

/* The first and the last window that hold element i of an axis. */
DEVICE int first_window(Pool g, int d, int i) {
  int past = i + g.before[d] - g.extent[d];
  return past < 0 ? 0 : past / g.stride[d] + 1;
}
DEVICE int last_window(Pool g, int d, int i) { return min(g.y[d] - 1, (i + g.before[d]) / g.stride[d]); }

KERNEL(256, avg_pool_input)(GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT dx, i64 size, Pool g) {
  i64 n = (i64)BLOCK_X * 256 + THREAD;
  if (n >= size) return;
  int xs = g.x[0] * g.x[1] * g.x[2];
  i64 plane = n / xs, at = plane * g.y[0] * g.y[1] * g.y[2];
  int i = (int)(n - plane * xs), c0 = i % g.x[2], r0 = i / g.x[2] % g.x[1], z0 = i / g.x[2] / g.x[1];
  A s = 0;
  for (int z = first_window(g, 0, z0); z <= last_window(g, 0, z0); z++)
    for (int r = first_window(g, 1, r0); r <= last_window(g, 1, r0); r++)
      for (int c = first_window(g, 2, c0); c <= last_window(g, 2, c0); c++)
        s += LOAD(dy, at + (z * g.y[1] + r) * g.y[2] + c) / pool_count(g, z, r, c);
  STORE(dx, n, s);
}
