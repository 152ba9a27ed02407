// variants: u8 u32 u64
#include "zoo.h"
#include "signed.h"

/* From BOOL (u8), I32 (u32) or I64 (u64) to each of them: what is too large wraps, a truth value is x != 0. */

#define CAST(name, TO, value)                                                          \
  KERNEL(256, name)(GLOBAL const S* RESTRICT in, GLOBAL TO* RESTRICT out, i64 n) {     \
    i64 start = (i64)BLOCK_X * 1024 + THREAD;                                          \
    UNROLL for (int k = 0; k < 4; k++) {                                               \
      i64 i = start + k * 256;                                                         \
      if (i < n) {                                                                     \
        S x = in[i];                                                                   \
        out[i] = (value);                                                              \
      }                                                                                \
    }                                                                                  \
  }

#ifdef ZOO_U8
#define NUMBER(x) ((x) != 0)
#else
#define NUMBER(x) (x)
#endif

CAST(to_i32, int, (int)NUMBER(x))
CAST(to_i64, i64, (i64)NUMBER(x))
CAST(to_bool, u8, x != 0)
