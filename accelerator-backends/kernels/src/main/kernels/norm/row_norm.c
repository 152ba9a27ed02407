// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "lines.h"

/*
 * y = (x - mean) f(s) weight + bias along lines, with s the sum or mean of squares of what is left of x: layer, root-mean-square, L2 and
 * group norm. Element i of line r has weight (r % weight_lines) weight_step + i / weight_run.
 */
typedef struct {
  int step, centred, mean, root, weight, bias;
  int weight_lines, weight_step, weight_run;
} Norm;

#define INSIDE 0
#define OUTSIDE 1

DEVICE A reciprocal_root(A s, int root, A eps) {
  if (root == INSIDE) return C(1) / sqrt(s + eps);
  if (root == OUTSIDE) return C(1) / (sqrt(s) + eps);
  return s > eps * eps ? C(1) / sqrt(s) : C(1) / eps;
}

/* Its derivative; at the kink of a root none. */
DEVICE A root_slope(A s, A f, int root, A eps) {
  if (root == INSIDE) return C(-0.5) * f * f * f;
  if (root == OUTSIDE) return s > 0 ? C(-0.5) * f * f / sqrt(s) : C(0);
  return s > eps * eps ? C(-0.5) * f * f * f : C(0);
}

KERNEL(256, row_norm)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT weight, GLOBAL const T* RESTRICT bias, GLOBAL T* RESTRICT y, Lines l, Walk w, Norm p,
 A epsilon) {
  SHARED A sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = 0, unused1, unused2;
  if (n > 0) walk(w, line, &at, &unused1, &unused2);
  A s = 0, mean = 0;
  if (p.centred) {
    for (int i = lane_of(l); i < n; i += l.lanes) s += LOAD(x, at + (i64)i * p.step);
    mean = line_sum(l, s, sums) / (A)l.n;
    s = 0;
  }
  for (int i = lane_of(l); i < n; i += l.lanes) {
    A c = LOAD(x, at + (i64)i * p.step) - mean;
    s += c * c;
  }
  s = line_sum(l, s, sums);
  A f = reciprocal_root(p.mean ? s / (A)l.n : s, p.root, epsilon);
  int own = line % p.weight_lines * p.weight_step;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * p.step;
    int k = p.weight_run == 1 ? own + i : own + i / p.weight_run;
    A v = (LOAD(x, e) - mean) * f;
    if (p.weight) v *= LOAD(weight, k);
    if (p.bias) v += LOAD(bias, k);
    STORE(y, e, v);
  }
}

/*
 * With h = dy weight and c = x - mean: dx = f h + c (2 / N) f'(s) sum(h c), less the mean of f h where centred (N is n, or 1 for a sum of
 * squares). Leaves mean and f of each line in stats for the weight's gradient.
 */
KERNEL(256, row_norm_gradient)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT weight, GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT dx, GLOBAL A* RESTRICT stats,
 Lines l, Walk w, Norm p, A epsilon) {
  SHARED A sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  i64 at = 0, unused1, unused2;
  if (n > 0) walk(w, line, &at, &unused1, &unused2);
  A s = 0, mean = 0;
  if (p.centred) {
    for (int i = lane_of(l); i < n; i += l.lanes) s += LOAD(x, at + (i64)i * p.step);
    mean = line_sum(l, s, sums) / (A)l.n;
    s = 0;
  }
  int own = line % p.weight_lines * p.weight_step;
  A hc = 0, h_sum = 0;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * p.step;
    A c = LOAD(x, e) - mean, h = LOAD(dy, e);
    if (p.weight) h *= LOAD(weight, p.weight_run == 1 ? own + i : own + i / p.weight_run);
    s += c * c;
    hc += h * c;
    h_sum += h;
  }
  s = line_sum(l, s, sums);
  hc = line_sum(l, hc, sums);
  h_sum = line_sum(l, h_sum, sums);
  A count = p.mean ? (A)l.n : C(1);
  s /= count;
  A f = reciprocal_root(s, p.root, epsilon);
  if (line < l.lines && lane_of(l) == 0) {
    stats[2 * (i64)line] = mean;
    stats[2 * (i64)line + 1] = f;
  }
  A pull = C(2) / count * root_slope(s, f, p.root, epsilon) * hc;
  /* The two terms of a line of one element cancel but for what epsilon does. */
  if (l.n == 1 && !p.centred) {
    f = p.root == INSIDE ? f * f * f * epsilon : p.root == OUTSIDE ? f * f * epsilon : s > epsilon * epsilon ? C(0) : f;
    pull = 0;
  }
  A shift = p.centred ? f * h_sum / (A)l.n : C(0);
  for (int i = lane_of(l); i < n; i += l.lanes) {
    i64 e = at + (i64)i * p.step;
    A h = LOAD(dy, e);
    if (p.weight) h *= LOAD(weight, p.weight_run == 1 ? own + i : own + i / p.weight_run);
    STORE(dx, e, f * h + (LOAD(x, e) - mean) * pull - shift);
  }
}

/*
 * Parts of the weight's gradient sum(dy xhat) and the bias's sum(dy) of rows of n: block (x, y) sums `run` rows of 64 columns into
 * work[y][0 or 1][n].
 */
KERNEL(256, row_norm_weights)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT stats, GLOBAL A* RESTRICT work, int rows, int n, int run) {
  SHARED A sums[2][256];
  int column = BLOCK_X * 64 + THREAD % 64, lane = THREAD / 64;
  int to = min(rows, (BLOCK_Y + 1) * run);
  A dw = 0, db = 0;
  if (column < n) {
    for (int r = BLOCK_Y * run + lane; r < to; r += 4) {
      i64 e = (i64)r * n + column;
      A g = LOAD(dy, e);
      dw += g * (LOAD(x, e) - stats[2 * (i64)r]) * stats[2 * (i64)r + 1];
      db += g;
    }
  }
  sums[0][THREAD] = dw;
  sums[1][THREAD] = db;
  BARRIER();
  if (THREAD < 128 && column < n) {
    SHARED_POINTER A* s = sums[THREAD / 64] + THREAD % 64;
    work[(2 * (i64)BLOCK_Y + THREAD / 64) * n + column] = (s[0] + s[64]) + (s[128] + s[192]);
  }
}

/* The same where a weight belongs to a channel: line b C + c of x holds the `positions` elements of channel c, work is [B][0 or 1][C]. */
KERNEL(256, channel_norm_weights)
(GLOBAL const T* RESTRICT x, GLOBAL const T* RESTRICT dy, GLOBAL const A* RESTRICT stats, GLOBAL A* RESTRICT work, Lines l, int channels,
 int groups) {
  SHARED A sums[256];
  int line = line_of(l), n = line < l.lines ? l.n : 0;
  int batch = line / channels, channel = line % channels;
  i64 at = (i64)line * l.n, stat = 2 * ((i64)batch * groups + channel / (channels / groups));
  A mean = n > 0 ? stats[stat] : C(0), f = n > 0 ? stats[stat + 1] : C(0);
  A dw = 0, db = 0;
  for (int i = lane_of(l); i < n; i += l.lanes) {
    A g = LOAD(dy, at + i);
    dw += g * (LOAD(x, at + i) - mean) * f;
    db += g;
  }
  dw = line_sum(l, dw, sums);
  db = line_sum(l, db, sums);
  if (line < l.lines && lane_of(l) == 0) {
    work[2 * (i64)batch * channels + channel] = dw;
    work[(2 * (i64)batch + 1) * channels + channel] = db;
  }
}

/* Adds the parts in order. */
KERNEL(256, norm_weights_join)
(GLOBAL const A* RESTRICT work, GLOBAL T* RESTRICT d_weight, GLOBAL T* RESTRICT d_bias, int n, int parts, int weight, int bias) {
  int column = BLOCK_X * 256 + THREAD;
  if (column >= n) return;
  A dw = 0, db = 0;
  for (int i = 0; i < parts; i++) {
    dw += work[2 * (i64)i * n + column];
    db += work[(2 * (i64)i + 1) * n + column];
  }
  if (weight) STORE(d_weight, column, dw);
  if (bias) STORE(d_bias, column, db);
}
