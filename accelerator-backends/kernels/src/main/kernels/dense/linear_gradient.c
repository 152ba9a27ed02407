// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "activation.h"

/* The cotangent of x W^T + b from that of its activation: dz = dy activation'(z), one thread an element. */
KERNEL(256, before_activation)(GLOBAL const T* RESTRICT z, GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT dz, i64 n, int fn) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) STORE(dz, i, LOAD(dy, i) * activate_slope(LOAD(z, i), fn));
}
