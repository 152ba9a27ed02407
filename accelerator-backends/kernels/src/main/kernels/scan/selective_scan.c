// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "scan.h"

/*
 * The selective scan of Mamba. A long run of tokens is cut into segments that run side by side, three launches in all: each segment from
 * h = 0 to its end state and its sum of dt; the state before every segment, h' = exp(A sum dt) h + end; each segment again from there.
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
    h = exp(a[i] * steps[at * s.channels + i / s.states]) * h + ends[at * size + i];
  }
  after[(i64)sample * size + i] = h;
}
