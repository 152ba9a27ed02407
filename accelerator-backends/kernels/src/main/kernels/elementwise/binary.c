// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "pack.h"
#include "functions.h"

/*
 * z = fn(x, y). `flat`: operands of the result's shape, a pack of 16 bytes a thread; one of them may be a single element (its step is 0).
 * `rows`: the last axis is a whole number of packs, along which an operand has neighbours (step 1) or stands still; the walk goes over
 * packs. `walk`: any broadcast, an element a thread.
 */

DEVICE Pack operand(GLOBAL const T* x, int step, i64 i, i64 n) {
  return step != 0 ? pack_load(x, i, n) : pack_of(LOAD(x, 0));
}

#define FLAT(name, R, PUT_PACK, value)                                                                          \
  KERNEL(256, name##flat)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, int xstep, int ystep) {  \
    i64 i = pack_start();                                                                                       \
    if (i >= n) return;                                                                                         \
    Pack p = operand(xs, xstep, i, n), q = operand(ys, ystep, i, n);                                            \
    UNROLL for (int k = 0; k < PACK; k++) {                                                                     \
      A x = p.v[k], y = q.v[k];                                                                                 \
      p.v[k] = (value);                                                                                         \
    }                                                                                                           \
    PUT_PACK(zs, i, n, p);                                                                                      \
  }

/* The long functions once in the code, not once for each element of a pack. */
#define FLAT_LONG(name, value)                                                                                  \
  KERNEL(256, name##flat)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL T* zs, i64 n, int xstep, int ystep) {  \
    ROLLED for (int k = 0; k < PACK; k++) {                                                                     \
      i64 i = pack_strided(k);                                                                                  \
      if (i < n) {                                                                                              \
        A x = LOAD(xs, i * xstep), y = LOAD(ys, i * ystep);                                                     \
        STORE(zs, i, value);                                                                                    \
      }                                                                                                         \
    }                                                                                                           \
  }

#define ROWS(name, R, PUT_PACK, value)                                                                          \
  KERNEL(256, name##rows)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, int xstep, int ystep,    \
                          Walk w) {                                                                             \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, iy, none;                                                          \
    if (i * PACK >= n) return;                                                                                  \
    walk(w, i, &ix, &iy, &none);                                                                                \
    Pack p = operand(xs + ix, xstep, 0, PACK), q = operand(ys + iy, ystep, 0, PACK);                            \
    UNROLL for (int k = 0; k < PACK; k++) {                                                                     \
      A x = p.v[k], y = q.v[k];                                                                              \
      p.v[k] = (value);                                                                                         \
    }                                                                                                           \
    PUT_PACK(zs, i * PACK, n, p);                                                                               \
  }

#define WALKED(name, R, PUT, value)                                                                             \
  KERNEL(256, name##walk)(GLOBAL const T* xs, GLOBAL const T* ys, GLOBAL R* zs, i64 n, Walk w) {                \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, iy, none;                                                          \
    if (i >= n) return;                                                                                         \
    walk(w, i, &ix, &iy, &none);                                                                                \
    A x = LOAD(xs, ix), y = LOAD(ys, iy);                                                                       \
    PUT(zs, i, value);                                                                                          \
  }

#define PUT_TRUTH(z, i, v) ((z)[i] = (v))
#define ARITHMETIC(name, value) FLAT(name, T, pack_store, value) ROWS(name, T, pack_store, value) WALKED(name, T, STORE, value)
#define ARITHMETIC_LONG(name, value) FLAT_LONG(name, value) WALKED(name, T, STORE, value)
#define COMPARISON(name, value)                  \
  FLAT(name, u8, pack_store_truth, value)        \
  ROWS(name, u8, pack_store_truth, value)        \
  WALKED(name, u8, PUT_TRUTH, value)

ARITHMETIC(add_, x + y)
ARITHMETIC(sub_, x - y)
ARITHMETIC(mul_, x* y)
ARITHMETIC(div_, x / y)
ARITHMETIC_LONG(pow_, pow(x, y))
ARITHMETIC(max_, larger(x, y))
ARITHMETIC(min_, smaller(x, y))
ARITHMETIC_LONG(atan2_, atan2(x, y))
ARITHMETIC_LONG(logaddexp_, log_add_exp(x, y))
ARITHMETIC_LONG(mod_, floor_mod(x, y))
ARITHMETIC_LONG(floor_div_, floor_div(x, y))
COMPARISON(eq_, x == y)
COMPARISON(ne_, x != y)
COMPARISON(lt_, x < y)
COMPARISON(le_, x <= y)
COMPARISON(gt_, x > y)
COMPARISON(ge_, x >= y)
