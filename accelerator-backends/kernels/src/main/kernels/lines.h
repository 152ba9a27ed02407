/*
 * Work on lines of n elements of a row-major tensor, along any of its axes: a block of 256 threads gives `lanes` threads to a line, and
 * neighbours in memory to neighbouring threads, be they of one line (rows) or of neighbouring lines (columns).
 */
#ifndef LINES_H
#define LINES_H

#ifdef __CUDACC__
#define SHARED_POINTER
#else
#define SHARED_POINTER __local
#endif

typedef struct {
  int lines, n, lanes, rows;
} Lines;

DEVICE int line_in_block(Lines l) { return l.rows ? THREAD / l.lanes : THREAD % (256 / l.lanes); }
DEVICE int line_of(Lines l) { return BLOCK_X * (256 / l.lanes) + line_in_block(l); }
DEVICE int lane_of(Lines l) { return l.rows ? THREAD % l.lanes : THREAD / (256 / l.lanes); }

/* The sum over a line's lanes, for all of them, by halves; every thread of the block must come here. */
DEVICE A line_sum(Lines l, A x, SHARED_POINTER A* all) {
  SHARED_POINTER A* own = all + line_in_block(l) * l.lanes;
  int lane = lane_of(l);
  BARRIER();
  own[lane] = x;
  BARRIER();
  for (int s = l.lanes / 2; s > 0; s /= 2) {
    if (lane < s) own[lane] += own[lane + s];
    BARRIER();
  }
  return own[0];
}

/* A running maximum and the sum of exp(x - top). What is not seen is -inf; a NaN or +inf makes the sum NaN. */
typedef struct {
  A top, sum;
} Softened;

DEVICE Softened softened_nothing(void) {
  Softened s;
  s.top = -INF;
  s.sum = 0;
  return s;
}

DEVICE Softened softened_with(Softened s, A x) {
  if (x > s.top) {
    s.sum = s.sum * exp(s.top - x) + ((x - x) + C(1));
    s.top = x;
  } else if (x != -INF) {
    s.sum += exp(x - s.top);
  }
  return s;
}

DEVICE Softened softened_line(Lines l, Softened s, SHARED_POINTER A* tops, SHARED_POINTER A* sums) {
  int at = line_in_block(l) * l.lanes, lane = lane_of(l);
  BARRIER();
  tops[at + lane] = s.top;
  sums[at + lane] = s.sum;
  BARRIER();
  for (int h = l.lanes / 2; h > 0; h /= 2) {
    if (lane < h) {
      A a = tops[at + lane], b = tops[at + lane + h];
      A top = a > b ? a : b;
      if (top > -INF) {
        sums[at + lane] = sums[at + lane] * exp(a - top) + sums[at + lane + h] * exp(b - top);
        tops[at + lane] = top;
      } else {
        sums[at + lane] += sums[at + lane + h];
      }
    }
    BARRIER();
  }
  s.top = tops[at];
  s.sum = sums[at];
  return s;
}

#endif
