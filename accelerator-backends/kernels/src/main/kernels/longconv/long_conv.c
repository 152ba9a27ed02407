// variants: f32 f64
#include "zoo.h"

/*
 * Long convolution by transforms of n: what stands around them. Rows are [batch, channels]; spectra hold n / 2 + 1 pairs a row.
 */

/* y[row, i] = x[row, i - shift modulo n], 0 where x has no such element: one thread each. */
KERNEL(256, spread)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 size, int n, int length, int shift) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 row = e / n;
  int i = (int)(e - row * n) - shift;
  if (i < 0) i += n;
  STORE(y, e, i < length ? LOAD(x, row * length + i) : C(0));
}

/* y = a b, or conj(a) b; a has a batch axis or serves all samples. One thread a pair. */
KERNEL(256, spectra)
(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT y, i64 size, i64 sample, int shared_by_all, int conjugate) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 from = shared_by_all ? e % sample : e;
  A re = LOAD(a, 2 * from), im = LOAD(a, 2 * from + 1), x = LOAD(b, 2 * e), z = LOAD(b, 2 * e + 1);
  if (conjugate) im = -im;
  STORE(y, 2 * e, re * x - im * z);
  STORE(y, 2 * e + 1, re * z + im * x);
}

/* The sum of conj(a) b over samples, in order. One thread a pair of one sample. */
KERNEL(256, spectra_sum)(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT y, i64 sample, int samples) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= sample) return;
  A re = C(0), im = C(0);
  for (int s = 0; s < samples; s++) {
    i64 at = 2 * (s * sample + e);
    A ar = LOAD(a, at), ai = LOAD(a, at + 1), br = LOAD(b, at), bi = LOAD(b, at + 1);
    re += ar * br + ai * bi;
    im += ar * bi - ai * br;
  }
  STORE(y, 2 * e, re);
  STORE(y, 2 * e + 1, im);
}

/* y[row, t] = full[row, t + shift modulo n] / n, and D x[row, t] where there is a skip. One thread each. */
KERNEL(256, collect)
(GLOBAL const T* RESTRICT full, GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT skip, GLOBAL T* RESTRICT y, i64 size, int n,
 int length, int shift, int channels, int skips) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 row = e / length;
  int i = (int)(e - row * length) + shift;
  if (i >= n) i -= n;
  A value = LOAD(full, row * n + i) / (A)n;
  if (skips) value += LOAD(skip, row % channels) * LOAD(x, e);
  STORE(y, e, value);
}

/* The gradient of D: a block sums dy x of one channel over samples and tokens. */
KERNEL(256, skip_gradient)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT gradient, int samples, int channels, int tokens) {
  SHARED A part[256];
  A sum = C(0);
  for (int s = 0; s < samples; s++) {
    i64 row = ((i64)s * channels + BLOCK_X) * tokens;
    for (int t = THREAD; t < tokens; t += 256) sum += LOAD(x, row + t) * LOAD(dy, row + t);
  }
  part[THREAD] = sum;
  BARRIER();
  for (int span = 128; span > 0; span /= 2) {
    if (THREAD < span) part[THREAD] += part[THREAD + span];
    BARRIER();
  }
  if (THREAD == 0) STORE(gradient, BLOCK_X, part[0]);
}
