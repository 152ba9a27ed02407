// variants: f32 f64 bf16 f16 u32 u64
#include "zoo.h"

/* out has base; of elements that go to one place, the thread of the first adds them all in the order of their index, rounding once. */
KERNEL(256, scatter_add)
(GLOBAL const u32* RESTRICT keys, GLOBAL const int* RESTRICT order, GLOBAL const T* RESTRICT src,
 GLOBAL const T* RESTRICT base, GLOBAL T* RESTRICT out, i64 n) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= n) return;
  u32 key = keys[i];
  if (i > 0 && keys[i - 1] == key) return;
  A sum = LOAD(base, key);
  for (; i < n && keys[i] == key; i++) sum += LOAD(src, order[i]);
  STORE(out, key, sum);
}
