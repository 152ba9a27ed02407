// variants: f32 f64 bf16 f16 u32 u64
#include "zoo.h"
#include "signed.h"
#include "sorted.h"

/*
 * Rows of x [n, width] by segment: keys are the rows' segments, sorted, and order their rows. `lanes` threads a result take every
 * lanes-th row of the segment and combine by halves, so that the order is fixed; neighbouring threads take neighbouring columns.
 */
#if defined(ZOO_U32) || defined(ZOO_U64)
DEVICE T larger(T x, T y) { return (S)x > (S)y ? x : y; }
DEVICE T smaller(T x, T y) { return (S)x < (S)y ? x : y; }
#define LOWEST LEAST
#define HIGHEST GREATEST
#else
DEVICE A larger(A x, A y) { return x > y || x != x ? x : y; }
DEVICE A smaller(A x, A y) { return x < y || x != x ? x : y; }
#define LOWEST (-INF)
#define HIGHEST INF
#endif

#define FOUR_AT_ONCE _Pragma("unroll 4")

#define SEGMENT(name, neutral, COMBINE, value)                                                                         \
  KERNEL(256, name)(GLOBAL const T* RESTRICT x, GLOBAL const u32* RESTRICT keys, GLOBAL const int* RESTRICT order,     \
                    GLOBAL T* RESTRICT out, i64 results, int n, int width, int lanes) {                                \
    SHARED A states[256];                                                                                              \
    int columns = 256 / lanes, lane = THREAD / columns, own = THREAD % columns;                                        \
    i64 i = (i64)BLOCK_X * columns + own;                                                                              \
    A v = (neutral);                                                                                                   \
    int rows = 0;                                                                                                      \
    if (i < results) {                                                                                                 \
      u32 segment = (u32)(i / width);                                                                                  \
      int column = (int)(i - (i64)segment * width);                                                                    \
      int start = below(keys, n, segment), stop = below(keys, n, segment + 1);                                         \
      rows = stop - start;                                                                                             \
      FOUR_AT_ONCE for (int r = start + lane; r < stop; r += lanes) {                                                  \
        A e = LOAD(x, (i64)order[r] * width + column);                                                                 \
        v = COMBINE(v, e);                                                                                             \
      }                                                                                                                \
    }                                                                                                                  \
    states[lane * columns + own] = v;                                                                                  \
    for (int h = lanes / 2; h > 0; h /= 2) {                                                                           \
      BARRIER();                                                                                                       \
      if (lane < h)                                                                                                    \
        states[lane * columns + own] =                                                                                 \
            COMBINE(states[lane * columns + own], states[(lane + h) * columns + own]);                                 \
    }                                                                                                                  \
    if (lane == 0 && i < results) {                                                                                    \
      v = states[own];                                                                                                 \
      STORE(out, i, value);                                                                                            \
    }                                                                                                                  \
  }

#define SUM(a, b) ((a) + (b))
SEGMENT(segment_sum, 0, SUM, v)
SEGMENT(segment_max, LOWEST, larger, v)
SEGMENT(segment_min, HIGHEST, smaller, v)
#if !defined(ZOO_U32) && !defined(ZOO_U64)
SEGMENT(segment_mean, 0, SUM, v / (A)(rows > 0 ? rows : 1))
#endif

#ifdef ZOO_U32
/* Rows of each segment, for every column. */
KERNEL(256, counts)(GLOBAL const u32* RESTRICT keys, GLOBAL i64* RESTRICT out, i64 results, int n, int width) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= results) return;
  u32 segment = (u32)(i / width);
  out[i] = below(keys, n, segment + 1) - below(keys, n, segment);
}
#endif
