// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "activation.h"

/* y = activation(gate) up, one thread an element. */

KERNEL(256, glu)(GLOBAL const T* RESTRICT gate, GLOBAL const T* RESTRICT up, GLOBAL T* RESTRICT y, i64 n, int fn) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) STORE(y, i, activate(LOAD(gate, i), fn) * LOAD(up, i));
}

KERNEL(256, glu_gradient)
(GLOBAL const T* RESTRICT gate, GLOBAL const T* RESTRICT up, GLOBAL const T* RESTRICT dy, GLOBAL T* RESTRICT d_gate, GLOBAL T* RESTRICT d_up,
 i64 n, int fn) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i < n) {
    A x = LOAD(gate, i), g = LOAD(dy, i);
    STORE(d_gate, i, g * LOAD(up, i) * activate_slope(x, fn));
    STORE(d_up, i, g * activate(x, fn));
  }
}
