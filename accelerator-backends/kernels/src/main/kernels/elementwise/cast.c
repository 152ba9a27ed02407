// variants: f32 f64 bf16 f16
#include "zoo.h"

/* Between the floating type of the variant and every type. Floats to integers truncate; NaN is 0, what is too large the nearest bound. */

DEVICE int to_int(A x) {
  return x != x ? 0 : x >= C(2147483648.0) ? 2147483647 : x <= C(-2147483648.0) ? (int)0x80000000u : (int)x;
}

DEVICE i64 to_long(A x) {
  if (x != x) return 0;
  if (x >= C(9223372036854775808.0)) return 0x7fffffffffffffffl;
  return x <= C(-9223372036854775808.0) ? (i64)0x8000000000000000ul : (i64)x;
}

/* Half to even at 53 bits, as a double holds it: what is rounded on to A, so that all backends round the same two times. */
DEVICE A from_long(i64 x) {
#ifdef ZOO_F64
  return (A)x;
#else
  u64 m = x < 0 ? (u64)0 - (u64)x : (u64)x;
  int drop = 0;
  while (m >> drop >> 53) drop++;
  if (drop > 0) {
    u64 rest = m & (((u64)1 << drop) - 1), middle = (u64)1 << (drop - 1);
    m >>= drop;
    m += rest > middle || (rest == middle && (m & 1));
    m <<= drop;
  }
  return x < 0 ? -(A)m : (A)m;
#endif
}

#define CAST(name, FROM, TO, value)                                                      \
  KERNEL(256, name)(GLOBAL const FROM* RESTRICT in, GLOBAL TO* RESTRICT out, i64 n) {    \
    i64 start = (i64)BLOCK_X * 1024 + THREAD;                                            \
    UNROLL for (int k = 0; k < 4; k++) {                                                 \
      i64 i = start + k * 256;                                                           \
      if (i < n) {                                                                       \
        FROM x = in[i];                                                                  \
        out[i] = (value);                                                                \
      }                                                                                  \
    }                                                                                    \
  }

CAST(to_f32, T, float, (float)VALUE(x))
CAST(to_bf16, T, u16, float_to_bf16((float)VALUE(x)))
CAST(to_f16, T, u16, float_to_half((float)VALUE(x)))
CAST(to_i32, T, int, to_int(VALUE(x)))
CAST(to_i64, T, i64, to_long(VALUE(x)))
CAST(to_bool, T, u8, VALUE(x) != 0)
CAST(to_f64, T, double, (double)VALUE(x))
CAST(from_i32, int, T, ROUNDED((A)x))
CAST(from_i64, i64, T, ROUNDED(from_long(x)))
CAST(from_bool, u8, T, ROUNDED(x != 0 ? C(1) : C(0)))
