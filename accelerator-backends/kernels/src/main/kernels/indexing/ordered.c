// variants: u8 u16 u32 u64
#include "zoo.h"

/* What is done with sorted keys; T is the type of the elements that move. */

/* Place k of each line of n, from the sorted places, laid out as the result; the walk gives where in the result. */
KERNEL(256, places)(GLOBAL const int* RESTRICT sorted, GLOBAL i64* RESTRICT out, i64 all, int n, int k, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, at, none, no;
  if (i >= all) return;
  walk(w, i, &at, &none, &no);
  out[at] = sorted[i / k * n + i % k];
}

/* Values at those places; the walk gives where in the result, and where the line begins in x. */
KERNEL(256, values)
(GLOBAL const T* RESTRICT x, GLOBAL const int* RESTRICT sorted, GLOBAL T* RESTRICT out, i64 all, int n, int k, int step,
 Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, at, from, no;
  if (i >= all) return;
  walk(w, i, &at, &from, &no);
  out[at] = x[from + (i64)sorted[i / k * n + i % k] * step];
}

/* Elements that an index names, as keys: the walk gives the place without the axis. */
KERNEL(256, targets)(GLOBAL const i64* RESTRICT index, GLOBAL u32* RESTRICT keys, i64 n, int step, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, at, none, no;
  if (i >= n) return;
  walk(w, i, &at, &none, &no);
  keys[i] = (u32)(at + index[i] * step);
}

/* The last of those that go to one place. */
KERNEL(256, scatter_set)
(GLOBAL const u32* RESTRICT keys, GLOBAL const int* RESTRICT order, GLOBAL const T* RESTRICT src, GLOBAL T* out, i64 n) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n && (i == n - 1 || keys[i + 1] != keys[i])) out[keys[i]] = src[order[i]];
}
