// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "philox.h"

/* Draws as SourceReference defines them: a thread makes one block of four words, which is four elements, or two in f64. */

#ifdef ZOO_F64
#define EACH 2
#define WORD(w, k) ((u64)(w).v[2 * (k)] | (u64)(w).v[2 * (k) + 1] << 32)
#define UNIT(word) ((A)((word) >> 11) * C(0x1p-53))
#define UNIT_ABOVE_0(word) ((A)(((word) >> 11) + 1) * C(0x1p-53))
#else
#define EACH 4
#define WORD(w, k) ((w).v[k])
#define UNIT(word) ((A)((word) >> 8) * C(0x1p-24))
#define UNIT_ABOVE_0(word) ((A)(((word) >> 8) + 1) * C(0x1p-24))
#endif

#if defined(ZOO_BF16)
#define UNIFORM(word) ((A)((word) >> 24) * C(0x1p-8))
#elif defined(ZOO_F16)
#define UNIFORM(word) ((A)((word) >> 21) * C(0x1p-11))
#else
#define UNIFORM(word) UNIT(word)
#endif

KERNEL(256, uniform_)(GLOBAL T* RESTRICT y, i64 n, i64 seed, i64 stream) {
  i64 block = (i64)BLOCK_X * 256 + THREAD;
  if (block * EACH >= n) return;
  Words w = philox((u64)seed, (u64)stream, (u64)block);
  UNROLL for (int k = 0; k < EACH; k++)
    if (block * EACH + k < n) STORE(y, block * EACH + k, UNIFORM(WORD(w, k)));
}

/* cos(2 pi v + quarters pi / 2), 0 <= v < 1: the angle is reduced exactly, so that it is exact at the quarters. */
DEVICE A cos_turn(A v, int quarters) {
  int q = (int)(4 * v);
  A f = 4 * v - (A)q, half_pi = C(1.57079632679489661923);
  A cosine = f > C(0.5) ? sin(half_pi * (C(1) - f)) : cos(half_pi * f);
  A sine = f > C(0.5) ? cos(half_pi * (C(1) - f)) : sin(half_pi * f);
  switch ((q + quarters) & 3) {
    case 0: return cosine;
    case 1: return -sine;
    case 2: return -cosine;
    default: return sine;
  }
}

/* Box and Muller (1958): a pair of words is a pair of elements. */
KERNEL(256, normal_)(GLOBAL T* RESTRICT y, i64 n, i64 seed, i64 stream) {
  i64 block = (i64)BLOCK_X * 256 + THREAD;
  if (block * EACH >= n) return;
  Words w = philox((u64)seed, (u64)stream, (u64)block);
  UNROLL for (int k = 0; k < EACH; k += 2) {
    i64 i = block * EACH + k;
    A r = sqrt(C(-2) * log(UNIT_ABOVE_0(WORD(w, k)))), v = UNIT(WORD(w, k + 1));
    if (i < n) STORE(y, i, r * cos_turn(v, 0));
    if (i + 1 < n) STORE(y, i + 1, r * cos_turn(v, 3));
  }
}
