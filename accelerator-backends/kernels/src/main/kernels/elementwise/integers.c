// variants: u8 u32 u64
#include "zoo.h"
#include "pack.h"
#include "signed.h"

/* Elementwise ops on I32 (u32), I64 (u64) and BOOL (u8, whose elements are 0 or 1); see elementwise.c and binary.c. */

#define UNARY(name, value)                                                         \
  KERNEL(256, name)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n) {  \
    i64 i = pack_start();                                                          \
    Pack p = pack_load(in, i, n);                                                  \
    UNROLL for (int k = 0; k < PACK; k++) {                                        \
      T x = p.v[k];                                                                \
      p.v[k] = (value);                                                            \
    }                                                                              \
    pack_store(out, i, n, p);                                                      \
  }

DEVICE Pack operand(GLOBAL const T* x, int step, i64 i, i64 n) {
  return step != 0 ? pack_load(x, i, n) : pack_of(LOAD(x, 0));
}

#define BINARY(name, R, PUT_PACK, value)                                                                        \
  KERNEL(256, name##flat)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, int xstep, int ystep) {  \
    i64 i = pack_start();                                                                                       \
    if (i >= n) return;                                                                                         \
    Pack p = operand(xs, xstep, i, n), q = operand(ys, ystep, i, n);                                            \
    UNROLL for (int k = 0; k < PACK; k++) {                                                                     \
      T x = p.v[k], y = q.v[k];                                                                                 \
      p.v[k] = (value);                                                                                         \
    }                                                                                                           \
    PUT_PACK(zs, i, n, p);                                                                                      \
  }                                                                                                             \
  KERNEL(256, name##walk)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, Walk w) {                \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, iy, none;                                                          \
    if (i >= n) return;                                                                                         \
    walk(w, i, &ix, &iy, &none);                                                                                \
    T x = xs[ix], y = ys[iy];                                                                                   \
    zs[i] = (value);                                                                                            \
  }

#define ROWS(name, R, PUT_PACK, value)                                                                          \
  KERNEL(256, name##rows)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, int xstep, int ystep,    \
                          Walk w) {                                                                             \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, iy, none;                                                          \
    if (i * PACK >= n) return;                                                                                  \
    walk(w, i, &ix, &iy, &none);                                                                                \
    Pack p = operand(xs + ix, xstep, 0, PACK), q = operand(ys + iy, ystep, 0, PACK);                            \
    UNROLL for (int k = 0; k < PACK; k++) {                                                                     \
      T x = p.v[k], y = q.v[k];                                                                              \
      p.v[k] = (value);                                                                                         \
    }                                                                                                           \
    PUT_PACK(zs, i * PACK, n, p);                                                                               \
  }

#define ARITHMETIC(name, value) BINARY(name, T, pack_store, value) ROWS(name, T, pack_store, value)
#define COMPARISON(name, value) BINARY(name, u8, pack_store_truth, value) ROWS(name, u8, pack_store_truth, value)

COMPARISON(eq_, x == y)
COMPARISON(ne_, x != y)

#ifdef ZOO_U8

UNARY(not_, x == 0)
ARITHMETIC(and_, x != 0 && y != 0)
ARITHMETIC(or_, x != 0 || y != 0)
ARITHMETIC(xor_, (x != 0) != (y != 0))

#else

/* Rounding to minus infinity. Dividing the least number by -1 wraps; y is 0 in a pack beyond the tensor only. */
DEVICE T floor_div(T x, T y) {
  if (y == 0) return 0;
  if (y == (T)-1) return (T)0 - x;
  S q = (S)x / (S)y, r = (S)x % (S)y;
  return (T)(r != 0 && (r < 0) != ((S)y < 0) ? q - 1 : q);
}

UNARY(neg_, (T)0 - x)
UNARY(abs_, (S)x < 0 ? (T)0 - x : x)
UNARY(sign_, (T)(((S)x > 0) - ((S)x < 0)))
UNARY(square_, x* x)

/* The bounds are 64-bit numbers whatever x is. */
KERNEL(256, clamp_)(GLOBAL const T* RESTRICT in, GLOBAL T* RESTRICT out, i64 n, i64 lo, i64 hi) {
  i64 i = pack_start();
  Pack p = pack_load(in, i, n);
  UNROLL for (int k = 0; k < PACK; k++) {
    i64 x = (S)p.v[k];
    x = x > lo ? x : lo;
    p.v[k] = (T)(x < hi ? x : hi);
  }
  pack_store(out, i, n, p);
}

ARITHMETIC(add_, x + y)
ARITHMETIC(sub_, x - y)
ARITHMETIC(mul_, x* y)
ARITHMETIC(max_, (S)x > (S)y ? x : y)
ARITHMETIC(min_, (S)x < (S)y ? x : y)
ARITHMETIC(mod_, x - floor_div(x, y) * y)
ARITHMETIC(floor_div_, floor_div(x, y))
COMPARISON(lt_, (S)x < (S)y)
COMPARISON(le_, (S)x <= (S)y)
COMPARISON(gt_, (S)x > (S)y)
COMPARISON(ge_, (S)x >= (S)y)

#endif
