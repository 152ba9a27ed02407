// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "activation.h"

typedef struct {
  int samples, tokens, channels, taps, packed, initial, bias, activation;
} ShortConv;

/* The sample that packed row t belongs to. */
DEVICE int sample_of(GLOBAL const i64* bounds, i64 t, int samples) {
  int lo = 0, hi = samples - 1;
  while (lo < hi) {
    int mid = (lo + hi + 1) / 2;
    if (bounds[mid] <= t) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

/* Where a row of [samples, tokens] or of packed samples lies: token t of a sample that begins at row `first` and has `length` tokens. */
typedef struct {
  i64 first;
  int sample, t, length;
} Place;

DEVICE Place place_of(GLOBAL const i64* bounds, i64 row, ShortConv s) {
  Place p;
  p.sample = s.packed ? sample_of(bounds, row, s.samples) : (int)(row / s.tokens);
  p.first = s.packed ? bounds[p.sample] : (i64)p.sample * s.tokens;
  p.t = (int)(row - p.first);
  p.length = s.packed ? (int)(bounds[p.sample + 1] - p.first) : s.tokens;
  return p;
}

/* The same for a row of [samples, taps - 1]: t is its place among those. */
DEVICE Place state_place(GLOBAL const i64* bounds, i64 row, ShortConv s) {
  Place p;
  p.sample = (int)(row / (s.taps - 1));
  p.t = (int)(row - (i64)p.sample * (s.taps - 1));
  p.first = s.packed ? bounds[p.sample] : (i64)p.sample * s.tokens;
  p.length = s.packed ? (int)(bounds[p.sample + 1] - p.first) : s.tokens;
  return p;
}

/* Token t of a sample, before its first one from the state [samples, taps - 1, channels] or 0. */
DEVICE A token(GLOBAL const T* x, GLOBAL const T* state, i64 first, int t, int sample, int c, ShortConv s) {
  if (t >= 0) return LOAD(x, (first + t) * s.channels + c);
  if (!s.initial) return C(0);
  return LOAD(state, ((i64)sample * (s.taps - 1) + s.taps - 1 + t) * s.channels + c);
}

/* sum_j w[:, j] x_{t - W + 1 + j} + b */
DEVICE A pre_activation(GLOBAL const T* x, GLOBAL const T* w, GLOBAL const T* b, GLOBAL const T* state, Place p, int c, ShortConv s) {
  A sum = s.bias ? LOAD(b, c) : C(0);
  for (int j = 0; j < s.taps; j++) {
    sum += LOAD(w, (i64)c * s.taps + j) * token(x, state, p.first, p.t - s.taps + 1 + j, p.sample, c, s);
  }
  return sum;
}

/* y_t = activation(sum_j w[:, j] x_{t - W + 1 + j} + b), one thread an element. */
KERNEL(128, short_conv)
(GLOBAL const T* x, GLOBAL const T* w, GLOBAL const T* b, GLOBAL const T* state, GLOBAL const i64* bounds, GLOBAL T* y, i64 size,
 ShortConv s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 row = e / s.channels;
  int c = (int)(e - row * s.channels);
  A sum = pre_activation(x, w, b, state, place_of(bounds, row, s), c, s);
  STORE(y, e, activate(sum, s.activation));
}

/* The last taps - 1 inputs of every sample. */
KERNEL(128, last_inputs)
(GLOBAL const T* x, GLOBAL const T* state, GLOBAL const i64* bounds, GLOBAL T* last, i64 size, ShortConv s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 row = e / s.channels;
  int c = (int)(e - row * s.channels);
  Place p = state_place(bounds, row, s);
  STORE(last, e, token(x, state, p.first, p.length - s.taps + 1 + p.t, p.sample, c, s));
}

/*
 * Gradients. d = dy activation'(pre-activation), which is computed again; then dx_t = sum_j w[:, j] d_{t + W - 1 - j} plus what the last
 * inputs pass back, dw[:, j] = sum_t d_t x_{t - W + 1 + j} and db = sum_t d_t.
 */
KERNEL(128, slopes)
(GLOBAL const T* x, GLOBAL const T* w, GLOBAL const T* b, GLOBAL const T* state, GLOBAL const i64* bounds, GLOBAL const T* dy,
 GLOBAL A* d, i64 size, ShortConv s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 row = e / s.channels;
  int c = (int)(e - row * s.channels);
  A sum = pre_activation(x, w, b, state, place_of(bounds, row, s), c, s);
  d[e] = LOAD(dy, e) * activate_slope(sum, s.activation);
}

/* Token t of a sample, or of its state where t is negative; `taken` says whether the cotangent of the last inputs is given. */
DEVICE A input_gradient(GLOBAL const A* d, GLOBAL const T* w, GLOBAL const T* dlast, Place p, int t, int c, int taken, ShortConv s) {
  A sum = C(0);
  for (int j = 0; j < s.taps; j++) {
    int out = t + s.taps - 1 - j;
    if (out >= 0 && out < p.length) sum += LOAD(w, (i64)c * s.taps + j) * d[(p.first + out) * s.channels + c];
  }
  int last = t - (p.length - s.taps + 1);
  if (taken && last >= 0) sum += LOAD(dlast, ((i64)p.sample * (s.taps - 1) + last) * s.channels + c);
  return sum;
}

KERNEL(128, inputs_gradient)
(GLOBAL const A* d, GLOBAL const T* w, GLOBAL const T* dlast, GLOBAL const i64* bounds, GLOBAL T* dx, i64 size, int taken, ShortConv s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 row = e / s.channels;
  int c = (int)(e - row * s.channels);
  Place p = place_of(bounds, row, s);
  STORE(dx, e, input_gradient(d, w, dlast, p, p.t, c, taken, s));
}

KERNEL(128, state_gradient)
(GLOBAL const A* d, GLOBAL const T* w, GLOBAL const T* dlast, GLOBAL const i64* bounds, GLOBAL T* dstate, i64 size, int taken,
 ShortConv s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 row = e / s.channels;
  int c = (int)(e - row * s.channels);
  Place p = state_place(bounds, row, s);
  STORE(dstate, e, input_gradient(d, w, dlast, p, p.t - s.taps + 1, c, taken, s));
}

/* A block sums one tap of one channel over all tokens; tap W is the bias. The halves of a tree keep the order. */
KERNEL(128, weights_gradient)
(GLOBAL const T* x, GLOBAL const A* d, GLOBAL const T* state, GLOBAL const i64* bounds, GLOBAL T* dw, GLOBAL T* db, ShortConv s) {
  SHARED A sums[128];
  int c = BLOCK_X, j = BLOCK_Y;
  i64 rows = s.packed ? s.tokens : (i64)s.samples * s.tokens;
  A sum = C(0);
  for (i64 row = THREAD; row < rows; row += 128) {
    A x_t = C(1);
    if (j < s.taps) {
      Place p = place_of(bounds, row, s);
      x_t = token(x, state, p.first, p.t - s.taps + 1 + j, p.sample, c, s);
    }
    sum += d[row * s.channels + c] * x_t;
  }
  sums[THREAD] = sum;
  for (int n = 64; n > 0; n /= 2) {
    BARRIER();
    if (THREAD < n) sums[THREAD] += sums[THREAD + n];
  }
  if (THREAD == 0) {
    if (j < s.taps) STORE(dw, (i64)c * s.taps + j, sums[0]);
    else STORE(db, c, sums[0]);
  }
}
