// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * Running softmax averages: lse_t = log sum_{j <= t} exp(s_j), o_t = sum_{j <= t} exp(s_j - lse_t) v_j, one thread a row and element of
 * v. While every score so far is -inf, o is 0 and lse -inf.
 */
KERNEL(64, softmax_scan)
(GLOBAL const T* score, GLOBAL const T* v, GLOBAL const A* lse0, GLOBAL const A* o0, GLOBAL T* o, GLOBAL A* lse, int tokens, int width,
 int initial) {
  int j = BLOCK_X * 64 + THREAD;
  i64 row = (i64)BLOCK_Z * BLOCKS_Y + BLOCK_Y;
  if (j >= width && !(width == 0 && j == 0)) return;
  A top = initial ? lse0[row] : -INF, sum = top == -INF ? C(0) : C(1);
  A x = initial && width > 0 ? o0[row * width + j] * sum : C(0);
  for (int t = 0; t < tokens; t++) {
    A s = LOAD(score, row * tokens + t);
    A next = s > top || isnan(s) ? s : top;
    A keep = next == -INF ? C(0) : exp(top - next), add = next == -INF ? C(0) : exp(s - next);
    if (top == -INF) keep = C(0);
    sum = sum * keep + add;
    top = next;
    if (width > 0) {
      x = x * keep + add * LOAD(v, (row * tokens + t) * width + j);
      STORE(o, (row * tokens + t) * width + j, sum == 0 ? C(0) : x / sum);
    }
    if (j == 0) lse[row * tokens + t] = top == -INF ? top : top + log(sum);
  }
}

/* h_t = a_t h_{t-1} + b_t in complex pairs along an axis of `tokens` with `inner` pairs behind it; one thread a line. */
KERNEL(64, complex_scan)
(GLOBAL const T* a, GLOBAL const T* b, GLOBAL const T* h0, GLOBAL T* h, i64 lines, int tokens, int inner, int reverse) {
  i64 line = (i64)BLOCK_X * 64 + THREAD;
  if (line >= lines) return;
  i64 outer = line / inner, i = line - outer * inner;
  A re = LOAD(h0, 2 * line), im = LOAD(h0, 2 * line + 1);
  for (int n = 0; n < tokens; n++) {
    int t = reverse ? tokens - 1 - n : n;
    i64 at = 2 * ((outer * tokens + t) * inner + i);
    A ar = LOAD(a, at), ai = LOAD(a, at + 1);
    A next = ar * re - ai * im + LOAD(b, at);
    im = ar * im + ai * re + LOAD(b, at + 1);
    re = next;
    STORE(h, at, re);
    STORE(h, at + 1, im);
  }
}
