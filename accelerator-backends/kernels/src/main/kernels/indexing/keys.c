// variants: f32 f64 bf16 f16 u32 u64
#include "zoo.h"
#include "signed.h"

/* Unsigned numbers in the order of x: 0 and -0 are equal, NaN is last in both directions, of which the other way is the complement. */

#if defined(ZOO_F64) || defined(ZOO_U64)
#define Key u64
#define TOP ((u64)1 << 63)
#else
#define Key u32
#define TOP ((u32)1 << 31)
#endif

DEVICE Key key_of(A x, int descending) {
#if defined(ZOO_U32) || defined(ZOO_U64)
  Key k = x ^ TOP;
#else
  if (x != x) return ~(Key)0;
#ifdef ZOO_F64
  Key b = double_to_bits(x == 0 ? C(0) : x);
#else
  Key b = float_to_bits(x == 0 ? C(0) : x);
#endif
  Key k = b & TOP ? ~b : b | TOP;
#endif
  return descending ? ~k : k;
}

/* Of lines: the walk goes over lines and their elements. */
KERNEL(256, keys)(GLOBAL const T* RESTRICT x, GLOBAL Key* RESTRICT keys, i64 n, int descending, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, at, none, no;
  if (i >= n) return;
  walk(w, i, &at, &none, &no);
  keys[i] = key_of(LOAD(x, at), descending);
}

/* Elements of `sorted` that are below x, or not above it. NaN is neither below nor above anything. */
KERNEL(256, search)
(GLOBAL const T* RESTRICT sorted, GLOBAL const T* RESTRICT x, GLOBAL i64* RESTRICT out, i64 n, int length, int right) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= n) return;
  S v = (S)LOAD(x, i);
  int low = 0, high = length;
  while (low < high) {
    int middle = low + (high - low) / 2;
    S s = (S)LOAD(sorted, middle);
    if (right ? s <= v : s < v) low = middle + 1;
    else high = middle;
  }
  out[i] = low;
}
