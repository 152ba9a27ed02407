// variants: f32 f64 bf16 f16 u8 u32 u64
#include "zoo.h"
#include "reduction.h"
#include "signed.h"

/*
 * Reductions over some axes of a row-major tensor. `lanes` threads of a block work on one piece of a result's elements, and combine by
 * halves, so that the order of sums is fixed by the shape alone; a thread sums 64 elements at a time, so that errors grow slowly. Where
 * there are few results, their elements are cut into `parts`, whose states a second launch combines. Bytes: each element is read once.
 */

#define RUN 64
#define FOUR_AT_ONCE _Pragma("unroll 4")

#if defined(ZOO_U8) || defined(ZOO_U32) || defined(ZOO_U64)
DEVICE T larger(T x, T y) { return (S)x > (S)y ? x : y; }
DEVICE T smaller(T x, T y) { return (S)x < (S)y ? x : y; }
#define LOWEST LEAST
#define HIGHEST GREATEST
#else
DEVICE A larger(A x, A y) { return x > y || x != x ? x : x == y ? (x == 0 ? x + y : x) : y; }
DEVICE A smaller(A x, A y) { return x < y || x != x ? x : x == y ? (x == 0 ? -(-x - y) : x) : y; }
#define LOWEST (-INF)
#define HIGHEST INF
#endif

/* One function: from IN by GET to OUT by PUT, which sees the state as v and the result's place as i. */
#define REDUCE(name, IN, GET, OUT, PUT, neutral, COMBINE)                                                             \
  KERNEL(256, name)(GLOBAL const IN* RESTRICT x, GLOBAL OUT* RESTRICT out, i64 count, Reduction r, Walk outside,      \
                    Walk inside) {                                                                                    \
    SHARED A states[256];                                                                                             \
    i64 line = (i64)BLOCK_X * (256 / r.lanes) + line_in_block(r);                                                     \
    int part = (int)(line / r.results), result = (int)(line - (i64)part * r.results), lane = lane_of(r);              \
    A v = (neutral);                                                                                                  \
    if (part < r.parts) {                                                                                             \
      int length = (r.n + r.parts - 1) / r.parts, start = part * length;                                              \
      int stop = start + length < r.n ? start + length : r.n;                                                         \
      i64 base, at, none, no, step = inside.stride[0][0];                                                             \
      walk(outside, result, &base, &none, &no);                                                                       \
      for (i64 j = start + lane; j < stop;) {                                                                         \
        A run = (neutral);                                                                                            \
        i64 end = j + (i64)RUN * r.lanes < stop ? j + (i64)RUN * r.lanes : stop;                                      \
        if (inside.rank == 1) {                                                                                       \
          FOUR_AT_ONCE for (; j < end; j += r.lanes) {                                                                \
            A e = GET(x[base + j * step]);                                                                            \
            run = COMBINE(run, e);                                                                                    \
          }                                                                                                           \
        }                                                                                                             \
        for (; j < end; j += r.lanes) {                                                                               \
          walk(inside, j, &at, &none, &no);                                                                           \
          A e = GET(x[base + at]);                                                                                    \
          run = COMBINE(run, e);                                                                                      \
        }                                                                                                             \
        v = COMBINE(v, run);                                                                                          \
      }                                                                                                               \
    }                                                                                                                 \
    int own = line_in_block(r) * r.lanes;                                                                             \
    states[own + lane] = v;                                                                                           \
    for (int h = r.lanes / 2; h > 0; h /= 2) {                                                                        \
      BARRIER();                                                                                                      \
      if (lane < h) states[own + lane] = COMBINE(states[own + lane], states[own + lane + h]);                         \
    }                                                                                                                 \
    if (lane == 0 && part < r.parts) {                                                                                \
      v = states[own];                                                                                                \
      out[(i64)result * r.parts + part] = PUT(v);                                                                     \
    }                                                                                                                 \
  }

#define SAME(v) (v)
#define DIVIDED(v) ROUNDED((v) / (A)count)

/* At once; the first of two launches, which leaves states; and the second. */
#define KINDS(name, PUT, neutral, COMBINE)                        \
  REDUCE(name##_once, T, VALUE, T, PUT, neutral, COMBINE)         \
  REDUCE(name##_parts, T, VALUE, A, SAME, neutral, COMBINE)       \
  REDUCE(name##_whole, A, SAME, T, PUT, neutral, COMBINE)

#define SUM(a, b) ((a) + (b))
#define PRODUCT(a, b) ((a) * (b))

#ifdef ZOO_U8
#define OR(a, b) ((a) | (b))
#define AND(a, b) ((a) & (b))
KINDS(any, ROUNDED, 0, OR)
KINDS(all, ROUNDED, 1, AND)
#else
KINDS(sum, ROUNDED, 0, SUM)
KINDS(prod, ROUNDED, 1, PRODUCT)
KINDS(max, ROUNDED, LOWEST, larger)
KINDS(min, ROUNDED, HIGHEST, smaller)
#endif

#if !defined(ZOO_U8) && !defined(ZOO_U32) && !defined(ZOO_U64)
KINDS(mean, DIVIDED, 0, SUM)
#endif

#ifndef ZOO_U8

/* Whether element (w, j) goes before (v, i): the first NaN, else the extreme, of equals the first. */
DEVICE int beats(A w, int j, A v, int i, int max) {
  if (i < 0 || j < 0) return i < 0;
  int wn = w != w, vn = v != v;
  if (wn || vn) return wn && (!vn || j < i);
  int order = (S)w == (S)v ? 0 : ((S)w > (S)v) == (max != 0) ? 1 : -1;
  return order > 0 || (order == 0 && j < i);
}

KERNEL(256, arg)
(GLOBAL const T* RESTRICT x, GLOBAL i64* RESTRICT out, int max, int step, Reduction r, Walk outside) {
  SHARED A values[256];
  SHARED int places[256];
  i64 result = (i64)BLOCK_X * (256 / r.lanes) + line_in_block(r);
  int lane = lane_of(r), best = -1, own = line_in_block(r) * r.lanes;
  A v = 0;
  if (result < r.results) {
    i64 base, none, no;
    walk(outside, result, &base, &none, &no);
    for (int j = lane; j < r.n; j += r.lanes) {
      A w = LOAD(x, base + (i64)j * step);
      if (beats(w, j, v, best, max)) {
        v = w;
        best = j;
      }
    }
  }
  values[own + lane] = v;
  places[own + lane] = best;
  for (int h = r.lanes / 2; h > 0; h /= 2) {
    BARRIER();
    int a = own + lane, b = a + h;
    if (lane < h && beats(values[b], places[b], values[a], places[a], max)) {
      values[a] = values[b];
      places[a] = places[b];
    }
  }
  if (lane == 0 && result < r.results) out[result] = places[own];
}

#endif
