// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "recur.h"

/*
 * Matrix-state recurrences. A long run of tokens is cut into segments that run side by side, three launches in all:
 *
 *   recur_*   each segment from S = 0 to its own end state L (for the delta rule also from S = I to the matrix M that it applies)
 *   combine_* S before every segment: S' = D S + L with D the segment's product of decays, or S' = M S + L
 *   recur_*   each segment again, from the right state, writing o
 *
 * A run short enough is one segment and one launch.
 */

#define RECUR_NAME recur_16
#define RECUR_ROWS 16
#include "recur_column.h"
#define RECUR_NAME recur_32
#define RECUR_ROWS 32
#include "recur_column.h"
#define RECUR_NAME recur_64
#define RECUR_ROWS 64
#include "recur_column.h"
#define RECUR_NAME recur_128
#define RECUR_ROWS 128
#include "recur_column.h"
#define RECUR_NAME recur_256
#define RECUR_ROWS 256
#include "recur_column.h"

/* The sum of a segment's log decays: one thread each element of [samples heads, segments, width]. */
KERNEL(128, decay_sums)
(GLOBAL const A* decay, GLOBAL const i64* bounds, GLOBAL A* sums, i64 size, int width, Recur s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  int c = (int)(e % width);
  int segment = (int)(e / width % s.segments);
  int z = (int)(e / ((i64)width * s.segments));
  int sample = z / s.heads, h = z - sample * s.heads;
  i64 first = s.packed ? bounds[sample] : 0;
  int length = s.packed ? (int)(bounds[sample + 1] - first) : s.tokens;
  i64 row = ((s.packed ? 0 : (i64)sample) * s.heads + h) * s.tokens + first;
  int from = min(segment * s.segment, length), to = min(from + s.segment, length);
  A sum = C(0);
  for (int n = from; n < to + (s.lagged && to == length && from < to); n++) {
    i64 at = gate_row(row, n, length, s);
    if (at >= 0 && s.gate != GATE_NONE) sum += s.gate == GATE_HEAD ? decay[h] : decay[at * width + c];
  }
  sums[e] = sum;
}

/* Gates that scale elements: a thread walks one element of S through the segments. */
KERNEL(128, combine_diagonal)
(GLOBAL const A* ends, GLOBAL const A* sums, GLOBAL const A* before, GLOBAL A* starts, GLOBAL A* after, int width, Recur s) {
  int e = BLOCK_X * 128 + THREAD, z = BLOCK_Z;
  int size = s.dk * s.dv;
  if (e >= size) return;
  int i = e / s.dv, j = e - i * s.dv;
  int c = s.gate == GATE_KEY ? i : s.gate == GATE_VALUE ? j : 0;
  i64 place = state_at(0, i, j, s);
  A x = s.initial == START_GIVEN ? before[(i64)z * size + place] : C(0);
  for (int n = 0; n < s.segments; n++) {
    i64 at = (i64)z * s.segments + n;
    starts[at * size + place] = x;
    x = exp(sums[at * width + c]) * x + ends[at * size + place];
  }
  after[(i64)z * size + place] = x;
}

/* The delta rule: a block walks COMBINE_COLUMNS columns of S through the segments, a thread every COMBINE_THREADS-th row of M. */
#define COMBINE_THREADS 128
#define COMBINE_EACH 2
#define COMBINE_COLUMNS 8
KERNEL(COMBINE_THREADS, combine_matrix)
(GLOBAL const A* ends, GLOBAL const A* matrix, GLOBAL const A* before, GLOBAL A* starts, GLOBAL A* after, Recur s) {
  SHARED A x[COMBINE_EACH * COMBINE_THREADS][COMBINE_COLUMNS];
  int first = BLOCK_X * COMBINE_COLUMNS, z = BLOCK_Z;
  int size = s.dk * s.dv;
  A next[COMBINE_EACH][COMBINE_COLUMNS];
  UNROLL for (int own = 0; own < COMBINE_EACH; own++) {
    int i = own * COMBINE_THREADS + THREAD;
    for (int j = 0; j < COMBINE_COLUMNS; j++) {
      int there = i < s.dk && first + j < s.dv;
      next[own][j] = there && s.initial == START_GIVEN ? before[(i64)z * size + (i64)i * s.dv + first + j] : C(0);
    }
  }
  for (int n = 0; n <= s.segments; n++) {
    i64 at = (i64)z * s.segments + (s.backward ? s.segments - 1 - n : n);
    GLOBAL A* out = n < s.segments ? starts + at * size : after + (i64)z * size;
    BARRIER();
    UNROLL for (int own = 0; own < COMBINE_EACH; own++) {
      int i = own * COMBINE_THREADS + THREAD;
      for (int j = 0; j < COMBINE_COLUMNS; j++) {
        x[i][j] = next[own][j];
        if (i < s.dk && first + j < s.dv) out[(i64)i * s.dv + first + j] = next[own][j];
      }
    }
    BARRIER();
    UNROLL for (int own = 0; own < COMBINE_EACH; own++) {
      int i = own * COMBINE_THREADS + THREAD;
      if (n == s.segments || i >= s.dk) continue;
      for (int j = 0; j < COMBINE_COLUMNS; j++) next[own][j] = first + j < s.dv ? ends[at * size + (i64)i * s.dv + first + j] : C(0);
      for (int r = 0; r < s.dk; r++) {
        A m = matrix[at * s.dk * s.dk + (s.backward ? r * s.dk + i : i * s.dk + r)];
        for (int j = 0; j < COMBINE_COLUMNS; j++) next[own][j] += m * x[r][j];
      }
    }
  }
}

/*
 * The gradient of log decays from those of what they act between, without a state in memory. With x = q, y = k for gates of rows and
 * x = o, y = v for gates of columns,
 *
 *   dg_t = F + sum_{s >= t} (x_s dx_s - y_s dy_s),   F = the end state times its cotangent, summed over the other axis,
 *
 * since F_{t-1} = sum S_{t-1} dS_{t-1} = dg_t; reads of S_{t-1} itself leave x_t dx_t out. First the terms, one thread each
 * [heads, tokens, width]; where one gate serves a whole state, `fold` elements are summed into one term.
 */
KERNEL(128, decay_terms)
(GLOBAL const T* x, GLOBAL const T* dx, GLOBAL const T* y, GLOBAL const T* dy, GLOBAL A* read, GLOBAL A* written, i64 size, int width,
 int fold, int x_heads, int y_heads, Recur s) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  int c = (int)(e % width);
  i64 row = e / width;
  int t = (int)(row % s.tokens);
  int z = (int)(row / s.tokens);
  int batch = z / s.heads, h = z - batch * s.heads;
  i64 n = (i64)width * fold;
  i64 ax = (((i64)batch * x_heads + (i64)h * x_heads / s.heads) * s.tokens + t) * n + (i64)c * fold;
  i64 ay = (((i64)batch * y_heads + (i64)h * y_heads / s.heads) * s.tokens + t) * n + (i64)c * fold;
  i64 d = row * n + (i64)c * fold;
  A r = C(0), w = C(0);
  for (int i = 0; i < fold; i++) {
    r += LOAD(x, ax + i) * LOAD(dx, d + i);
    w += LOAD(y, ay + i) * LOAD(dy, d + i);
  }
  read[e] = r;
  written[e] = w;
}

/* Then their running sums from the sample's last token on; one thread each [samples heads, width]. */
KERNEL(64, decay_gradient)
(GLOBAL const A* read, GLOBAL const A* written, GLOBAL const A* after, GLOBAL const A* after_gradient, GLOBAL const i64* bounds,
 GLOBAL A* gradient, i64 size, int width, int ends, Recur s) {
  i64 e = (i64)BLOCK_X * 64 + THREAD;
  if (e >= size) return;
  int c = (int)(e % width), z = (int)(e / width);
  int sample = z / s.heads, h = z - sample * s.heads;
  i64 first = s.packed ? bounds[sample] : 0;
  int length = s.packed ? (int)(bounds[sample + 1] - first) : s.tokens;
  i64 row = ((s.packed ? 0 : (i64)sample) * s.heads + h) * s.tokens + first;
  A sum = C(0);
  if (ends) {
    for (int i = 0; i < s.dk; i++) {
      for (int j = 0; j < s.dv; j++) {
        i64 at = ((i64)z * s.dk + i) * s.dv + j;
        int own = s.gate == GATE_KEY ? i == c : s.gate == GATE_VALUE ? j == c : 1;
        if (own) sum += after[at] * after_gradient[at];
      }
    }
  }
  A correction = C(0);
  for (int n = length - 1; n >= 0; n--) {
    i64 at = (row + (s.reverse ? length - 1 - n : n)) * width + c;
    A in = s.read == READ_BEFORE ? C(0) : read[at];
    A term = in - written[at] - correction, next = sum + term;
    correction = (next - sum) - term;
    sum = next;
    gradient[at] = sum;
    if (s.read == READ_BEFORE) sum += read[at];
  }
}

/* Sums over the heads that share a key head: [batch, heads, row] -> [batch, key heads, row]. */
KERNEL(128, fold_heads)
(GLOBAL const T* x, GLOBAL T* y, i64 size, i64 row, int share) {
  i64 e = (i64)BLOCK_X * 128 + THREAD;
  if (e >= size) return;
  i64 head = e / row, r = e - head * row;
  A sum = C(0);
  for (int i = 0; i < share; i++) sum += LOAD(x, (head * share + i) * row + r);
  STORE(y, e, sum);
}

/* The gradient of one decay a head: the sum over samples and tokens of [samples, heads, tokens]. */
KERNEL(64, fold_tokens)
(GLOBAL const A* x, GLOBAL A* y, int samples, Recur s) {
  int h = BLOCK_X * 64 + THREAD;
  if (h >= s.heads) return;
  A sum = C(0);
  for (int b = 0; b < samples; b++) {
    A part = C(0);
    for (int t = 0; t < s.tokens; t++) part += x[((i64)b * s.heads + h) * s.tokens + t];
    sum += part;
  }
  y[h] = sum;
}
