// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * Neighbourhood attention on three axes (missing ones in front have size and kernel 1). A block of 256 threads owns 16 queries, 16 threads
 * each: they score 64 keys of the window at a time, a thread 4 of them, under a running softmax, and hold 16 numbers each of the result.
 */
typedef struct {
  int heads, depth, depth_v, border, bias;
  int n[3], extent[3], dilation[3], causal[3];
} Window;

enum { SHIFT, PAD_KEYS, PAD_MASKED };

#define QUERIES 16
#define LANES 16
#define CHUNK 64
#define MOST_VALUES 256

/* Place of key t of the query at i; it may lie outside. */
DEVICE int window_key(Window w, int d, int i, int t) {
  int step = w.dilation[d], n = w.n[d], size = w.extent[d];
  if (w.causal[d]) return i + (t - size + 1) * step;
  int a = i / step, r = i - a * step, start = a - size / 2;
  if (w.border == SHIFT) {
    int members = (n - r + step - 1) / step;
    start = max(0, min(start, members - size));
  }
  return (start + t) * step + r;
}

typedef struct {
  int at[3];
} Query;

typedef struct {
  int flat, entry;
} Key;

/* Key number `place` of a query's window: its flat index, or -1 outside; and its entry of the table of biases. */
DEVICE Key window_place(Window w, Query query, int place) {
  Key key;
  int at[3], inside = 1;
  key.flat = 0;
  key.entry = 0;
  at[2] = place % w.extent[2];
  place /= w.extent[2];
  at[1] = place % w.extent[1];
  at[0] = place / w.extent[1];
  UNROLL for (int d = 0; d < 3; d++) {
    int j = window_key(w, d, query.at[d], at[d]), away = j - query.at[d], step = w.dilation[d];
    inside &= j >= 0 && j < w.n[d];
    key.flat = key.flat * w.n[d] + j;
    /* Rounded down. */
    int steps = away >= 0 ? away / step : -((-away + step - 1) / step);
    key.entry = key.entry * (2 * w.extent[d] - 1) + steps + w.extent[d] - 1;
  }
  if (!inside) key.flat = -1;
  return key;
}

KERNEL(256, neighbourhood)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT bias, GLOBAL T* RESTRICT o,
 GLOBAL A* RESTRICT lse, i64 queries, Window w, A scale) {
  SHARED A scores[QUERIES][CHUNK + 1];
  SHARED int keys[QUERIES][CHUNK + 1];
  SHARED A part[QUERIES][LANES];
  int own = THREAD / LANES, lane = THREAD % LANES;
  int points = w.n[0] * w.n[1] * w.n[2], size = w.extent[0] * w.extent[1] * w.extent[2];
  i64 query = (i64)BLOCK_X * QUERIES + own;
  int live = query < queries;
  i64 bh = live ? query / points : 0;
  int flat = live ? (int)(query - bh * points) : 0;
  Query at;
  at.at[2] = flat % w.n[2];
  at.at[1] = flat / w.n[2] % w.n[1];
  at.at[0] = flat / w.n[2] / w.n[1];
  int table = (2 * w.extent[0] - 1) * (2 * w.extent[1] - 1) * (2 * w.extent[2] - 1);
  i64 at_bias = bh % w.heads * table, at_q = (live ? query : 0) * w.depth, at_k = bh * points;
  A acc[MOST_VALUES / LANES], top = -INF, sum = 0;
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) acc[x] = 0;
  for (int k0 = 0; k0 < size; k0 += CHUNK) {
    A high = top;
    for (int t = lane; t < CHUNK; t += LANES) {
      A s = -INF;
      int key = -1;
      if (live && k0 + t < size) {
        Key place = window_place(w, at, k0 + t);
        key = place.flat;
        if (key >= 0) {
          s = 0;
          for (int c = 0; c < w.depth; c++) s += LOAD(q, at_q + c) * LOAD(k, (at_k + key) * w.depth + c);
          s *= scale;
        } else if (w.border == PAD_KEYS) {
          s = 0;
        }
        if (w.bias) s += LOAD(bias, at_bias + place.entry);
      }
      scores[own][t] = s;
      keys[own][t] = key;
      high = s > high ? s : high;
    }
    part[own][lane] = high;
    BARRIER();
    for (int l = 0; l < LANES; l++) high = part[own][l] > high ? part[own][l] : high;
    A shrink = top == -INF ? C(0) : exp(top - high), total = 0;
    BARRIER();
    for (int t = lane; t < CHUNK; t += LANES) {
      A e = scores[own][t] == -INF ? C(0) : exp(scores[own][t] - high);
      scores[own][t] = e;
      total += e;
    }
    part[own][lane] = total;
    BARRIER();
    total = 0;
    for (int l = 0; l < LANES; l++) total += part[own][l];
    sum = sum * shrink + total;
    top = high;
    UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) acc[x] *= shrink;
    int to = min(CHUNK, size - k0);
    for (int t = 0; t < to; t++) {
      int key = keys[own][t];
      A e = scores[own][t];
      if (key >= 0) {
        UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
          int c = lane + LANES * x;
          if (c < w.depth_v) acc[x] += e * LOAD(v, (at_k + key) * w.depth_v + c);
        }
      }
    }
    BARRIER();
  }
  if (!live) return;
  UNROLL for (int x = 0; x < MOST_VALUES / LANES; x++) {
    int c = lane + LANES * x;
    if (c < w.depth_v) STORE(o, query * w.depth_v + c, sum == 0 ? C(0) : acc[x] / sum);
  }
  if (lane == 0) lse[query] = top + log(sum);
}
