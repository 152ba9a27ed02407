// variants: u32 u64
#include "zoo.h"
#include "signed.h"

/* Least and greatest number of a piece of x, and whether there is a 0: three numbers a block. */
KERNEL(256, range)(GLOBAL const S* RESTRICT x, GLOBAL i64* RESTRICT out, i64 n) {
  SHARED S lows[256];
  SHARED S highs[256];
  SHARED int zeros[256];
  S low = (S)GREATEST, high = (S)LEAST;
  int zero = 0;
  for (i64 i = (i64)BLOCK_X * 256 + THREAD; i < n; i += (i64)BLOCKS_X * 256) {
    S v = x[i];
    low = v < low ? v : low;
    high = v > high ? v : high;
    zero |= v == 0;
  }
  lows[THREAD] = low;
  highs[THREAD] = high;
  zeros[THREAD] = zero;
  for (int half_way = 128; half_way > 0; half_way /= 2) {
    BARRIER();
    if (THREAD < half_way) {
      S l = lows[THREAD + half_way], h = highs[THREAD + half_way];
      if (l < lows[THREAD]) lows[THREAD] = l;
      if (h > highs[THREAD]) highs[THREAD] = h;
      zeros[THREAD] |= zeros[THREAD + half_way];
    }
  }
  if (THREAD == 0) {
    out[3 * BLOCK_X] = lows[0];
    out[3 * BLOCK_X + 1] = highs[0];
    out[3 * BLOCK_X + 2] = zeros[0];
  }
}
