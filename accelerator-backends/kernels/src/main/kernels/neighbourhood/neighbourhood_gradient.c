// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "neighbourhood.h"

/*
 * Gradients of neighbourhood attention from o and the log-sum-exp: p = exp(s - lse), ds = p (do . v - delta), delta = do . o - dlse.
 * Blocks are those of the forward kernel: 16 queries, then 16 keys, 16 threads each. A key finds the queries that see it among those at
 * most kernel - 1 steps away on every axis, so that each sum has one owner and one order. Only where there is a table of biases is ds
 * stored, [queries, keys of a window].
 */
DEVICE A dot(GLOBAL const T* x, i64 at_x, GLOBAL const T* y, i64 at_y, int n) {
  A sum = C(0);
  for (int c = 0; c < n; c++) sum += LOAD(x, at_x + c) * LOAD(y, at_y + c);
  return sum;
}

KERNEL(256, window_queries)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT bias,
 GLOBAL const T* RESTRICT o, GLOBAL const A* RESTRICT lse, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT d_lse,
 GLOBAL T* RESTRICT d_q, GLOBAL A* RESTRICT deltas, GLOBAL A* RESTRICT slopes, i64 queries, Window w, A scale, int given_o,
 int given_lse) {
  SHARED A ds[QUERIES][CHUNK + 1];
  SHARED int keys[QUERIES][CHUNK + 1];
  SHARED A part[QUERIES][LANES];
  int own = THREAD / LANES, lane = THREAD % LANES;
  int points = w.n[0] * w.n[1] * w.n[2], size = w.extent[0] * w.extent[1] * w.extent[2];
  i64 query = (i64)BLOCK_X * QUERIES + own;
  int live = query < queries;
  i64 at = live ? query : 0, bh = at / points, at_k = bh * points, at_bias = bh % w.heads * table_size(w);
  Query place = point(w, (int)(at - at_k));
  A delta = C(0), high = lse[at], acc[MOST_VALUES / LANES];
  if (given_o) {
    for (int c = lane; c < w.depth_v; c += LANES) delta += LOAD(d_o, at * w.depth_v + c) * LOAD(o, at * w.depth_v + c);
  }
  part[own][lane] = delta;
  BARRIER();
  delta = given_lse ? -d_lse[at] : C(0);
  for (int l = 0; l < LANES; l++) delta += part[own][l];
  if (live && lane == 0) deltas[query] = delta;
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) acc[x] = C(0);
  for (int k0 = 0; k0 < size; k0 += CHUNK) {
    for (int t = lane; t < CHUNK; t += LANES) {
      A slope = C(0);
      int key = -1;
      if (live && k0 + t < size) {
        Key found = window_place(w, place, k0 + t);
        key = found.flat;
        A s = key >= 0 ? scale * dot(q, at * w.depth, k, (at_k + key) * w.depth, w.depth) : w.border == PAD_KEYS ? C(0) : -INF;
        if (w.bias) s += LOAD(bias, at_bias + found.entry);
        A p = s == -INF ? C(0) : exp(s - high);
        A seen = key >= 0 && given_o ? dot(d_o, at * w.depth_v, v, (at_k + key) * w.depth_v, w.depth_v) : C(0);
        slope = p * (seen - delta);
        if (w.bias) slopes[query * size + k0 + t] = slope;
      }
      ds[own][t] = slope;
      keys[own][t] = key;
    }
    BARRIER();
    int to = min(CHUNK, size - k0);
    for (int t = 0; t < to; t++) {
      int key = keys[own][t];
      A slope = scale * ds[own][t];
      if (key >= 0) {
        UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
          int c = lane + LANES * x;
          if (c < w.depth) acc[x] += slope * LOAD(k, (at_k + key) * w.depth + c);
        }
      }
    }
    BARRIER();
  }
  if (!live) return;
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
    int c = lane + LANES * x;
    if (c < w.depth) STORE(d_q, query * w.depth + c, acc[x]);
  }
}

/* The query that sees the key at `place` from the entry'th place of the table of biases: its flat index, or -1. */
DEVICE int seen_by(Window w, Query place, int entry) {
  int flat = 0, unit = 1;
  for (int d = 2; d >= 0; d--) {
    int wide = 2 * w.extent[d] - 1, away = entry % wide - w.extent[d] + 1, i = place.at[d] - away * w.dilation[d];
    entry /= wide;
    if (i < 0 || i >= w.n[d] || window_slot(w, d, i, away) < 0) return -1;
    flat += i * unit;
    unit *= w.n[d];
  }
  return flat;
}

KERNEL(256, window_keys)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT bias,
 GLOBAL const A* RESTRICT lse, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT deltas, GLOBAL T* RESTRICT d_k,
 GLOBAL T* RESTRICT d_v, i64 all, Window w, A scale, int given_o) {
  SHARED A ds[QUERIES][CHUNK + 1];
  SHARED A ps[QUERIES][CHUNK + 1];
  SHARED int from[QUERIES][CHUNK + 1];
  int own = THREAD / LANES, lane = THREAD % LANES, table = table_size(w), points = w.n[0] * w.n[1] * w.n[2];
  i64 key = (i64)BLOCK_X * QUERIES + own;
  int live = key < all;
  i64 at = live ? key : 0, bh = at / points, first = bh * points, at_bias = bh % w.heads * table;
  Query place = point(w, (int)(at - first));
  A by_k[MOST_VALUES / LANES], by_v[MOST_VALUES / LANES];
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) by_k[x] = by_v[x] = C(0);
  for (int e0 = 0; e0 < table; e0 += CHUNK) {
    for (int t = lane; t < CHUNK; t += LANES) {
      int query = live && e0 + t < table ? seen_by(w, place, e0 + t) : -1;
      if (query >= 0) {
        i64 i = first + query;
        A s = scale * dot(q, i * w.depth, k, at * w.depth, w.depth);
        if (w.bias) s += LOAD(bias, at_bias + e0 + t);
        A p = exp(s - lse[i]);
        A seen = given_o ? dot(d_o, i * w.depth_v, v, at * w.depth_v, w.depth_v) : C(0);
        ps[own][t] = p;
        ds[own][t] = scale * p * (seen - deltas[i]);
      }
      from[own][t] = query;
    }
    BARRIER();
    int to = min(CHUNK, table - e0);
    for (int t = 0; t < to; t++) {
      int query = from[own][t];
      if (query >= 0) {
        i64 i = first + query;
        A slope = ds[own][t], p = ps[own][t];
        UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
          int c = lane + LANES * x;
          if (c < w.depth) by_k[x] += slope * LOAD(q, i * w.depth + c);
          if (given_o && c < w.depth_v) by_v[x] += p * LOAD(d_o, i * w.depth_v + c);
        }
      }
    }
    BARRIER();
  }
  if (!live) return;
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
    int c = lane + LANES * x;
    if (c < w.depth) STORE(d_k, key * w.depth + c, by_k[x]);
    if (c < w.depth_v) STORE(d_v, key * w.depth_v + c, by_v[x]);
  }
}

/* The gradient of one entry of the table: a block sums ds over the samples' queries of its head that have a key there. */
KERNEL(256, window_biases)(GLOBAL const A* RESTRICT slopes, GLOBAL T* RESTRICT d_bias, int samples, Window w) {
  SHARED A part[256];
  int points = w.n[0] * w.n[1] * w.n[2], size = w.extent[0] * w.extent[1] * w.extent[2], head = BLOCK_Y;
  A sum = C(0);
  for (i64 n = THREAD; n < (i64)samples * points; n += 256) {
    int sample = (int)(n / points), flat = (int)(n - (i64)sample * points), entry = BLOCK_X, slot = 0, unit = 1;
    Query q = point(w, flat);
    for (int d = 2; d >= 0 && slot >= 0; d--) {
      int wide = 2 * w.extent[d] - 1, t = window_slot(w, d, q.at[d], entry % wide - w.extent[d] + 1);
      entry /= wide;
      slot = t < 0 ? -1 : slot + t * unit;
      unit *= w.extent[d];
    }
    if (slot >= 0) sum += slopes[(((i64)sample * w.heads + head) * points + flat) * size + slot];
  }
  part[THREAD] = sum;
  BARRIER();
  for (int span = 128; span > 0; span /= 2) {
    if (THREAD < span) part[THREAD] += part[THREAD + span];
    BARRIER();
  }
  if (THREAD == 0) STORE(d_bias, (i64)head * table_size(w) + BLOCK_X, part[0]);
}
