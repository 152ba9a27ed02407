// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * Gradients of h_t = a_t h_{t-1} + b_t in complex pairs, against time: with l_t = dh_t + conj(a_{t+1}) l_{t+1},
 * db = l, da_t = l_t conj(h_{t-1}), dh0 = conj(a_1) l_1. One thread a line.
 */
KERNEL(64, complex_scan_gradient)
(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT h0, GLOBAL const T* RESTRICT h, GLOBAL const T* RESTRICT dh, GLOBAL T* RESTRICT da,
 GLOBAL T* RESTRICT db, GLOBAL T* RESTRICT dh0, i64 lines, int tokens, int inner, int reverse) {
  i64 line = (i64)BLOCK_X * 64 + THREAD;
  if (line >= lines) return;
  i64 outer = line / inner, i = line - outer * inner;
  A re = C(0), im = C(0);
  for (int n = tokens - 1; n >= 0; n--) {
    int t = reverse ? tokens - 1 - n : n, before = reverse ? t + 1 : t - 1;
    i64 at = 2 * ((outer * tokens + t) * inner + i), last = 2 * ((outer * tokens + before) * inner + i);
    A x = n > 0 ? LOAD(h, last) : LOAD(h0, 2 * line), y = n > 0 ? LOAD(h, last + 1) : LOAD(h0, 2 * line + 1);
    re += LOAD(dh, at);
    im += LOAD(dh, at + 1);
    STORE(db, at, re);
    STORE(db, at + 1, im);
    STORE(da, at, re * x + im * y);
    STORE(da, at + 1, im * x - re * y);
    A ar = LOAD(a, at), ai = LOAD(a, at + 1), next = ar * re + ai * im;
    im = ar * im - ai * re;
    re = next;
  }
  STORE(dh0, 2 * line, re);
  STORE(dh0, 2 * line + 1, im);
}
