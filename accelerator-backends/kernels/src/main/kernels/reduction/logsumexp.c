// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "reduction.h"

/* log of the sum of exp, in one pass over x: the state is a running maximum and the sum of exp(x - top). See reduce.c. */

typedef struct {
  A top, sum;
} Softened;

DEVICE Softened with(Softened s, A x) {
  if (x > s.top || x != x) {
    s.sum = s.sum * exp(s.top - x) + C(1);
    s.top = x;
  } else if (x != -INF) {
    s.sum += exp(x - s.top);
  }
  return s;
}

DEVICE Softened both(Softened s, Softened t) {
  if (t.top > s.top || t.top != t.top) {
    Softened u = s;
    s = t;
    t = u;
  }
  if (t.top != -INF) s.sum += t.sum * exp(t.top - s.top);
  return s;
}

#define EACH(j) for (i64 j = start + lane; j < stop; j += r.lanes)

#define LOGSUMEXP(name, IN, GET, OUT, PUT)                                                                            \
  KERNEL(256, name)(GLOBAL const IN* RESTRICT x, GLOBAL OUT* RESTRICT out, i64 count, Reduction r, Walk outside,      \
                    Walk inside) {                                                                                    \
    SHARED A tops[256];                                                                                               \
    SHARED A sums[256];                                                                                               \
    i64 line = (i64)BLOCK_X * (256 / r.lanes) + line_in_block(r);                                                     \
    int part = (int)(line / r.results), result = (int)(line - (i64)part * r.results), lane = lane_of(r);              \
    Softened s;                                                                                                       \
    s.top = -INF;                                                                                                     \
    s.sum = 0;                                                                                                        \
    if (part < r.parts) {                                                                                             \
      int length = (r.n + r.parts - 1) / r.parts, start = part * length;                                              \
      int stop = start + length < r.n ? start + length : r.n;                                                         \
      i64 base, at, none, no;                                                                                         \
      walk(outside, result, &base, &none, &no);                                                                       \
      EACH(j) {                                                                                                       \
        walk(inside, j, &at, &none, &no);                                                                             \
        GET(base + at);                                                                                               \
      }                                                                                                               \
    }                                                                                                                 \
    int own = line_in_block(r) * r.lanes;                                                                             \
    tops[own + lane] = s.top;                                                                                         \
    sums[own + lane] = s.sum;                                                                                         \
    for (int h = r.lanes / 2; h > 0; h /= 2) {                                                                        \
      BARRIER();                                                                                                      \
      if (lane < h) {                                                                                                 \
        Softened t;                                                                                                   \
        t.top = tops[own + lane + h];                                                                                 \
        t.sum = sums[own + lane + h];                                                                                 \
        s = both(s, t);                                                                                               \
        tops[own + lane] = s.top;                                                                                     \
        sums[own + lane] = s.sum;                                                                                     \
      }                                                                                                               \
    }                                                                                                                 \
    if (lane == 0 && part < r.parts) PUT((i64)result * r.parts + part);                                               \
  }

#define GET_ELEMENT(i) s = with(s, LOAD(x, i))
#define GET_STATE(i)        \
  {                         \
    Softened t;             \
    t.top = x[2 * (i)];     \
    t.sum = x[2 * (i) + 1]; \
    s = both(s, t);         \
  }
#define PUT_STATE(i)        \
  {                         \
    out[2 * (i)] = s.top;   \
    out[2 * (i) + 1] = s.sum; \
  }
#define PUT_RESULT(i) STORE(out, i, s.top == INF || s.top == -INF ? s.top : s.top + log(s.sum))

LOGSUMEXP(logsumexp_once, T, GET_ELEMENT, T, PUT_RESULT)
LOGSUMEXP(logsumexp_parts, T, GET_ELEMENT, A, PUT_STATE)
LOGSUMEXP(logsumexp_whole, A, GET_STATE, T, PUT_RESULT)
