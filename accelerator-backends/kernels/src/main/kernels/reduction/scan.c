// variants: f32 f64 bf16 f16 u32 u64
#include "zoo.h"
#include "signed.h"

/*
 * Running combinations along an axis: lines of n elements, `inner` of which lie side by side. Every element is a function of the state
 * before it, and functions combine in any grouping: so a line is cut into `parts` where lines alone don't fill the device. Then a first
 * launch leaves each part's function, `carry` turns them into the states before the parts, and a last launch scans. Bytes: each element
 * is read once, or twice with parts, and written once.
 *
 *   rows     inner = 1: a block a part, tiles of 1024 elements; a thread takes four neighbours and the block combines by doubling
 *   columns  a thread a part, neighbouring threads take neighbouring lines
 */
typedef struct {
  int lines, n, inner, parts, length;
  int reverse, exclusive;
  int totals; /* whether to leave the parts' functions in `states` and no results */
} Scan;

typedef struct {
  A a, b; /* h -> a h + b in first_order; else b alone */
} State;

DEVICE State state(A a, A b) {
  State s;
  s.a = a;
  s.b = b;
  return s;
}

/* Flat index of the first element of a line in the scan's direction, and the way to the next. */
DEVICE i64 first_of(Scan s, int line) {
  int at = s.reverse ? s.n - 1 : 0;
  return ((i64)(line / s.inner) * s.n + at) * s.inner + line % s.inner;
}
DEVICE i64 step_of(Scan s) { return s.reverse ? -(i64)s.inner : s.inner; }

#define EACH 4
#define FOUR_AT_ONCE _Pragma("unroll 4")

#define SCAN(name, NEUTRAL, COMBINE, GET, BEGIN)                                                                       \
  KERNEL(256, name##_rows)(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT x2, GLOBAL const T* RESTRICT h0, GLOBAL A* RESTRICT states, GLOBAL T* RESTRICT y,   \
                           Scan s) {                                                                                   \
    SHARED A all_a[256];                                                                                               \
    SHARED A all_b[256];                                                                                               \
    int line = BLOCK_X / s.parts, part = BLOCK_X - line * s.parts;                                                     \
    int start = part * s.length, stop = start + s.length < s.n ? start + s.length : s.n;                               \
    i64 kept = 2 * ((i64)line * s.parts + part), first = first_of(s, line), step = step_of(s);                         \
    State carry = s.totals ? NEUTRAL : s.parts > 1 ? state(states[kept], states[kept + 1]) : BEGIN(h0, line);          \
    for (int tile = start; tile < stop; tile += 256 * EACH) {                                                          \
      State own[EACH];                                                                                                 \
      State sum = NEUTRAL;                                                                                             \
      UNROLL for (int k = 0; k < EACH; k++) {                                                                          \
        int i = tile + THREAD * EACH + k;                                                                              \
        if (i < stop) sum = COMBINE(sum, GET(x, x2, first + i * step));                                                \
        own[k] = sum;                                                                                                  \
      }                                                                                                                \
      for (int d = 1; d < 256; d *= 2) {                                                                               \
        all_a[THREAD] = sum.a;                                                                                         \
        all_b[THREAD] = sum.b;                                                                                         \
        BARRIER();                                                                                                     \
        if (THREAD >= d) sum = COMBINE(state(all_a[THREAD - d], all_b[THREAD - d]), sum);                              \
        BARRIER();                                                                                                     \
      }                                                                                                                \
      all_a[THREAD] = sum.a;                                                                                           \
      all_b[THREAD] = sum.b;                                                                                           \
      BARRIER();                                                                                                       \
      State before = THREAD == 0 ? carry : COMBINE(carry, state(all_a[THREAD - 1], all_b[THREAD - 1]));                \
      carry = COMBINE(carry, state(all_a[255], all_b[255]));                                                           \
      BARRIER();                                                                                                       \
      if (!s.totals) {                                                                                                 \
        A previous = before.b;                                                                                         \
        UNROLL for (int k = 0; k < EACH; k++) {                                                                        \
          int i = tile + THREAD * EACH + k;                                                                            \
          A now = COMBINE(before, own[k]).b;                                                                           \
          if (i < stop) STORE(y, first + i * step, s.exclusive ? previous : now);                                      \
          previous = now;                                                                                              \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
    if (s.totals && THREAD == 0) {                                                                                     \
      states[kept] = carry.a;                                                                                          \
      states[kept + 1] = carry.b;                                                                                      \
    }                                                                                                                  \
  }                                                                                                                    \
  KERNEL(256, name##_columns)(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT x2, GLOBAL const T* RESTRICT h0, GLOBAL A* RESTRICT states,             \
                              GLOBAL T* RESTRICT y, Scan s) {                                                                   \
    i64 thread = (i64)BLOCK_X * 256 + THREAD;                                                                          \
    int part = (int)(thread / s.lines), line = (int)(thread - (i64)part * s.lines);                                    \
    if (part >= s.parts) return;                                                                                       \
    int start = part * s.length, stop = start + s.length < s.n ? start + s.length : s.n;                               \
    i64 kept = 2 * ((i64)line * s.parts + part);                                                                       \
    State run = s.totals ? NEUTRAL : s.parts > 1 ? state(states[kept], states[kept + 1]) : BEGIN(h0, line);            \
    i64 step = step_of(s), at = first_of(s, line) + start * step;                                                      \
    FOUR_AT_ONCE for (int i = start; i < stop; i++, at += step) {                                                      \
      A previous = run.b;                                                                                              \
      run = COMBINE(run, GET(x, x2, at));                                                                              \
      if (!s.totals) STORE(y, at, s.exclusive ? previous : run.b);                                                     \
    }                                                                                                                  \
    if (s.totals) {                                                                                                    \
      states[kept] = run.a;                                                                                            \
      states[kept + 1] = run.b;                                                                                        \
    }                                                                                                                  \
  }                                                                                                                    \
  KERNEL(256, name##_carry)(GLOBAL const T* h0, GLOBAL A* states, Scan s) {                                            \
    int line = BLOCK_X * 256 + THREAD;                                                                                 \
    if (line >= s.lines) return;                                                                                       \
    State run = BEGIN(h0, line);                                                                                       \
    for (int part = 0; part < s.parts; part++) {                                                                       \
      i64 kept = 2 * ((i64)line * s.parts + part);                                                                     \
      State next = COMBINE(run, state(states[kept], states[kept + 1]));                                                \
      states[kept] = run.a;                                                                                            \
      states[kept + 1] = run.b;                                                                                        \
      run = next;                                                                                                      \
    }                                                                                                                  \
  }

DEVICE State sum_of(State s, State t) { return state(0, s.b + t.b); }
DEVICE State product_of(State s, State t) { return state(0, s.b * t.b); }

#define ELEMENT(x, x2, i) state(0, LOAD(x, i))
#define ZERO state(0, 0)
#define ONE state(0, 1)
#define BEGIN_ZERO(h0, line) ZERO
#define BEGIN_ONE(h0, line) ONE
#define BEGIN_LOWEST(h0, line) BOTTOM

SCAN(cumsum, ZERO, sum_of, ELEMENT, BEGIN_ZERO)
SCAN(cumprod, ONE, product_of, ELEMENT, BEGIN_ONE)

#if defined(ZOO_U32) || defined(ZOO_U64)

#define BOTTOM state(0, LEAST)
DEVICE State larger_of(State s, State t) { return (S)s.b > (S)t.b ? s : t; }
SCAN(cummax, BOTTOM, larger_of, ELEMENT, BEGIN_LOWEST)

#else

#define BOTTOM state(0, -INF)
DEVICE State larger_of(State s, State t) { return s.b > t.b || s.b != s.b ? s : t; }
SCAN(cummax, BOTTOM, larger_of, ELEMENT, BEGIN_LOWEST)

/* log(e^x + e^y); equal infinities are their own result. */
DEVICE State log_add_exp(State s, State t) {
  A x = s.b, y = t.b;
  A top = x > y || x != x ? x : y;
  return state(0, x == y ? x + C(0.69314718055994530942) : top + log1p(exp(-fabs(x - y))));
}
SCAN(cumlogsumexp, BOTTOM, log_add_exp, ELEMENT, BEGIN_LOWEST)

/* First s, then t: h -> t.a (s.a h + s.b) + t.b. */
DEVICE State affine(State s, State t) { return state(t.a * s.a, t.a * s.b + t.b); }
#define PAIR(x, x2, i) state(LOAD(x, i), LOAD(x2, i))
#define IDENTITY state(1, 0)
#define BEGIN_H0(h0, line) state(1, LOAD(h0, line))
SCAN(first_order, IDENTITY, affine, PAIR, BEGIN_H0)

#endif
