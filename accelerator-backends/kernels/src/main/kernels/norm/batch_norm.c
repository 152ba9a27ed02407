// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/*
 * Statistics of channels of x [B, C, positions]. A block sums one channel over `run` samples; the parts are joined in order. Element i of
 * a channel is position i % positions of sample i / positions; where masked, it counts when the mask holds there.
 */
typedef struct {
  int batch, channels, positions, run, parts, masked, affine;
} Channels;

#define WHOLE_BLOCK \
  Lines block;      \
  block.lines = 1;  \
  block.n = 1;      \
  block.lanes = 256; \
  block.rows = 1

DEVICE i64 place(Channels p, int channel, int i) {
  int b = i / p.positions;
  return ((i64)b * p.channels + channel) * p.positions + (i - b * p.positions);
}

DEVICE int counts(GLOBAL const u8* mask, Walk w, Channels p, int i) {
  i64 at, unused1, unused2;
  if (!p.masked) return 1;
  walk(w, i, &at, &unused1, &unused2);
  return mask[at] != 0;
}

/* work[part][channel] = (count, mean, sum of squares about it) */
KERNEL(256, batch_moments)
(GLOBAL const T* RESTRICT x, GLOBAL const u8* RESTRICT mask, GLOBAL A* RESTRICT work, Channels p, Walk w) {
  SHARED A sums[256];
  WHOLE_BLOCK;
  int channel = BLOCK_X % p.channels, part = BLOCK_X / p.channels;
  int from = part * p.run * p.positions, to = min(p.batch, (part + 1) * p.run) * p.positions;
  A n = 0, s = 0;
  for (int i = from + THREAD; i < to; i += 256)
    if (counts(mask, w, p, i)) {
      n += C(1);
      s += LOAD(x, place(p, channel, i));
    }
  n = line_sum(block, n, sums);
  A mean = line_sum(block, s, sums) / (n > 0 ? n : C(1));
  s = 0;
  for (int i = from + THREAD; i < to; i += 256)
    if (counts(mask, w, p, i)) {
      A c = LOAD(x, place(p, channel, i)) - mean;
      s += c * c;
    }
  s = line_sum(block, s, sums);
  if (THREAD == 0) {
    GLOBAL A* out = work + 3 * (i64)BLOCK_X;
    out[0] = n;
    out[1] = mean;
    out[2] = s;
  }
}

KERNEL(256, batch_moments_join)
(GLOBAL const A* RESTRICT work, GLOBAL A* RESTRICT mean, GLOBAL A* RESTRICT var, GLOBAL A* RESTRICT count, Channels p) {
  int channel = BLOCK_X * 256 + THREAD;
  if (channel >= p.channels) return;
  A n = 0, m = 0, s = 0;
  for (int i = 0; i < p.parts; i++) {
    GLOBAL const A* in = work + 3 * ((i64)i * p.channels + channel);
    if (in[0] > 0) {
      A both = n + in[0], d = in[1] - m;
      m += d * in[0] / both;
      s += in[2] + d * d * n * in[0] / both;
      n = both;
    }
  }
  mean[channel] = m;
  var[channel] = s / (n > 0 ? n : C(1));
  if (channel == 0) count[0] = n;
}

/* y = (x - mean) / sqrt(var + eps) weight + bias; 0 where the mask hides it. */
KERNEL(256, batch_norm)
(GLOBAL const T* RESTRICT x, GLOBAL const u8* RESTRICT mask, GLOBAL const A* RESTRICT mean, GLOBAL const A* RESTRICT var,
 GLOBAL const T* RESTRICT weight, GLOBAL const T* RESTRICT bias, GLOBAL T* RESTRICT y, i64 size, Channels p, Walk w, A epsilon) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 plane = e / p.positions;
  int b = (int)(plane / p.channels), c = (int)(plane - (i64)b * p.channels);
  if (!counts(mask, w, p, b * p.positions + (int)(e - plane * p.positions))) {
    STORE(y, e, C(0));
    return;
  }
  A v = (LOAD(x, e) - mean[c]) / sqrt(var[c] + epsilon);
  if (p.affine) v = v * LOAD(weight, c) + LOAD(bias, c);
  STORE(y, e, v);
}

/* work[part][channel] = (sum dy, sum dy (x - mean)) */
KERNEL(256, batch_gradient_sums)
(GLOBAL const T* RESTRICT x, GLOBAL const u8* RESTRICT mask, GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT mean, GLOBAL A* RESTRICT work,
 Channels p, Walk w) {
  SHARED A sums[256];
  WHOLE_BLOCK;
  int channel = BLOCK_X % p.channels, part = BLOCK_X / p.channels;
  int from = part * p.run * p.positions, to = min(p.batch, (part + 1) * p.run) * p.positions;
  A g = 0, gc = 0, m = mean[channel];
  for (int i = from + THREAD; i < to; i += 256)
    if (counts(mask, w, p, i)) {
      i64 e = place(p, channel, i);
      A d = LOAD(dy, e);
      g += d;
      gc += d * (LOAD(x, e) - m);
    }
  g = line_sum(block, g, sums);
  gc = line_sum(block, gc, sums);
  if (THREAD == 0) {
    work[2 * (i64)BLOCK_X] = g;
    work[2 * (i64)BLOCK_X + 1] = gc;
  }
}

/* Joins the sums into the first part and gives the gradients of weight and bias. */
KERNEL(256, batch_gradient_join)
(GLOBAL A* RESTRICT work, GLOBAL const A* RESTRICT var, GLOBAL T* RESTRICT d_weight, GLOBAL T* RESTRICT d_bias, Channels p, A epsilon) {
  int channel = BLOCK_X * 256 + THREAD;
  if (channel >= p.channels) return;
  A g = 0, gc = 0;
  for (int i = 0; i < p.parts; i++) {
    g += work[2 * ((i64)i * p.channels + channel)];
    gc += work[2 * ((i64)i * p.channels + channel) + 1];
  }
  work[2 * channel] = g;
  work[2 * channel + 1] = gc;
  if (p.affine) {
    STORE(d_weight, channel, gc / sqrt(var[channel] + epsilon));
    STORE(d_bias, channel, g);
  }
}

/* dx = w f (dy - sum(dy) / n - c f^2 sum(dy c) / n) + dmean / n + 2 c dvar / n with c = x - mean, f = 1 / sqrt(var + eps). */
KERNEL(256, batch_norm_gradient)
(GLOBAL const T* RESTRICT x, GLOBAL const u8* RESTRICT mask, GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT mean,
 GLOBAL const A* RESTRICT var, GLOBAL const A* RESTRICT count, GLOBAL const T* RESTRICT weight, GLOBAL const A* RESTRICT sums,
 GLOBAL const A* RESTRICT d_mean, GLOBAL const A* RESTRICT d_var, GLOBAL T* RESTRICT dx, i64 size, Channels p, Walk w, A epsilon,
 int with_mean, int with_var, int with_y) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  i64 plane = e / p.positions;
  int b = (int)(plane / p.channels), k = (int)(plane - (i64)b * p.channels);
  if (!counts(mask, w, p, b * p.positions + (int)(e - plane * p.positions))) {
    STORE(dx, e, C(0));
    return;
  }
  A n = count[0] > 1 ? count[0] : C(1), c = LOAD(x, e) - mean[k], out = 0;
  if (with_y) {
    A f = C(1) / sqrt(var[k] + epsilon);
    out = f * (LOAD(dy, e) - sums[2 * k] / n - c * f * f * sums[2 * k + 1] / n);
    if (p.affine) out *= LOAD(weight, k);
  }
  if (with_mean) out += d_mean[k] / n;
  if (with_var) out += C(2) * c * d_var[k] / n;
  STORE(dx, e, out);
}
