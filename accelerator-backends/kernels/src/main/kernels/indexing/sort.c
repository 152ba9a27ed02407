// variants: u32 u64
#include "zoo.h"

/*
 * Stable sort of lines of keys with their places. A block sorts a tile of 1024 in shared memory (bitonic, place after key, so that the
 * order is total); then runs are merged pairwise, each element finding its place by a search in the other run. Places of a tile's filling
 * are beyond all others.
 */
#define TILE 1024
#define NOWHERE 0x7fffffff

/*
 * Tiles of lines of n keys. `places` are 0, 1, ... where there are none yet (numbered). Of each tile the first `keep` are written; where
 * keep is less than a tile, the lines get shorter.
 */
KERNEL(256, tiles)
(GLOBAL const T* RESTRICT keys, GLOBAL const int* RESTRICT places, GLOBAL T* RESTRICT out_keys,
 GLOBAL int* RESTRICT out_places, int n, int tiles, int keep, int length, int numbered) {
  SHARED T k[TILE];
  SHARED int p[TILE];
  int line = BLOCK_X / tiles, tile = BLOCK_X - line * tiles;
  i64 from = (i64)line * n;
  for (int i = THREAD; i < TILE; i += 256) {
    int at = tile * TILE + i;
    k[i] = at < n ? keys[from + at] : ~(T)0;
    p[i] = at < n ? (numbered ? at : places[from + at]) : NOWHERE;
  }
  for (int size = 2; size <= TILE; size *= 2) {
    for (int d = size / 2; d > 0; d /= 2) {
      BARRIER();
      for (int t = THREAD; t < TILE / 2; t += 256) {
        int i = 2 * t - (t & (d - 1)), j = i + d, up = (i & size) == 0;
        int wrong = k[i] > k[j] || (k[i] == k[j] && p[i] > p[j]);
        if (wrong == up) {
          T key = k[i];
          k[i] = k[j];
          k[j] = key;
          int place = p[i];
          p[i] = p[j];
          p[j] = place;
        }
      }
    }
  }
  BARRIER();
  for (int i = THREAD; i < keep; i += 256) {
    int at = tile * keep + i;
    if (at < length) {
      out_keys[(i64)line * length + at] = k[i];
      out_places[(i64)line * length + at] = p[i];
    }
  }
}

/* Neighbouring runs of `width` elements become runs of twice that; what comes first stays first among equals. */
KERNEL(256, merge)
(GLOBAL const T* RESTRICT keys, GLOBAL const int* RESTRICT places, GLOBAL T* RESTRICT out_keys,
 GLOBAL int* RESTRICT out_places, i64 all, int n, int width) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= all) return;
  i64 line = i / n, from = line * n;
  int at = (int)(i - from), run = at / width, left = run % 2 == 0;
  int other = (left ? run + 1 : run - 1) * width;
  T key = keys[i];
  int low = other < n ? other : n, high = other + width < n ? other + width : n, begin = low;
  if (high < low) high = low;
  while (low < high) {
    int middle = low + (high - low) / 2;
    T k = keys[from + middle];
    if (left ? k < key : k <= key) low = middle + 1;
    else high = middle;
  }
  i64 to = from + (left ? run : run - 1) * (i64)width + (at - run * width) + (low - begin);
  out_keys[to] = key;
  out_places[to] = places[i];
}

/* The first elements of sorted lines as keys: to sort them by place. */
KERNEL(256, heads)(GLOBAL const int* RESTRICT places, GLOBAL T* RESTRICT keys, i64 all, int n, int k) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < all) keys[i] = (T)places[i / k * n + i % k];
}
