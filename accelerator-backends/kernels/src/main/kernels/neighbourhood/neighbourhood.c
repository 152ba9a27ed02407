// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "neighbourhood.h"

/*
 * Neighbourhood attention. A block of 256 threads owns 16 queries, 16 threads
 * each: they score 64 keys of the window at a time, a thread 4 of them, under a running softmax, and hold 16 numbers each of the result.
 */
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
  Query at = point(w, flat);
  i64 at_bias = bh % w.heads * table_size(w), at_q = (live ? query : 0) * w.depth, at_k = bh * points;
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
