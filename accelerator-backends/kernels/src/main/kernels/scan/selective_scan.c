// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "scan.h"

/*
 * The selective scan of Mamba. A long run of tokens is cut into segments that run side by side, three launches in all: each segment from
 * h = 0 to its end state and its sum of dt; the state before every segment, h' = exp(A sum dt) h + end; each segment again from there.
 * Decays that depend on B (PROXIMAL) have no such sum: there `fade` multiplies them over each segment, and takes the place of the sums.
 */

#define SCAN_NAME scan_4
#define SCAN_STATES 4
#include "scan_channel.h"
#define SCAN_NAME scan_16
#define SCAN_STATES 16
#include "scan_channel.h"
#define SCAN_NAME scan_64
#define SCAN_STATES 64
#include "scan_channel.h"

/* What each state of each channel keeps of itself over a segment; a thread owns one. */
KERNEL(128, fade)
(GLOBAL const T* RESTRICT delta, GLOBAL const A* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL const A* RESTRICT bias,
 GLOBAL const i64* RESTRICT bounds, GLOBAL A* RESTRICT fades, Scan s) {
  int i = BLOCK_X * 128 + THREAD, segment = BLOCK_Y, sample = BLOCK_Z;
  int size = s.channels * s.states;
  if (i >= size) return;
  int e = i / s.states, n = i - e * s.states, group = (int)((i64)e * s.groups / s.channels);
  Part part = part_of(bounds, sample, segment, s);
  A rate = a[i], more = s.bias ? bias[e] : C(0), all = C(1);
  for (int t = part.from; t < part.to; t++) {
    i64 row = row_of(part, t, s);
    A dt = step_size(LOAD(delta, row * s.channels + e) + more, s);
    all *= kept(dt * rate, LOAD(b, (row * s.groups + group) * s.states + n), s);
  }
  fades[((i64)sample * s.segments + segment) * size + i] = all;
}

/* A thread walks one state of one channel through the segments. */
KERNEL(128, combine)
(GLOBAL const A* ends, GLOBAL const A* steps, GLOBAL const A* a, GLOBAL const A* before, GLOBAL A* starts, GLOBAL A* after, Scan s) {
  int i = BLOCK_X * 128 + THREAD, sample = BLOCK_Z;
  int size = s.channels * s.states;
  if (i >= size) return;
  A h = s.initial ? before[(i64)sample * size + i] : C(0);
  for (int k = 0; k < s.segments; k++) {
    i64 at = (i64)sample * s.segments + (s.backward ? s.segments - 1 - k : k);
    starts[at * size + i] = h;
    A keep = s.proximal ? steps[at * size + i] : exp(a[i] * steps[at * s.channels + i / s.states]);
    h = keep * h + ends[at * size + i];
  }
  after[(i64)sample * size + i] = h;
}
