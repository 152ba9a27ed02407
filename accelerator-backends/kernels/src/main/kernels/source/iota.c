// variants: f32 f64 bf16 f16 u32 u64
#include "zoo.h"

/* start + i step, rounded as the reference rounds: in double, product and sum each once, then to the type; integers wrap. */

#if defined(ZOO_U32) || defined(ZOO_U64)
KERNEL(256, iota)(GLOBAL T* y, i64 n, i64 start, i64 step) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) y[i] = (T)(start + i * step);
}
#else
#ifdef __CUDACC__
#define AT(start, i, step) __dadd_rn(start, __dmul_rn((double)(i), step))
#else
#pragma OPENCL FP_CONTRACT OFF
#define AT(start, i, step) (start + (double)(i)*step)
#endif

KERNEL(256, iota)(GLOBAL T* y, i64 n, double start, double step) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) STORE(y, i, (A)(AT(start, i, step)));
}
#endif
