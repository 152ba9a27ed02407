/* The elements that one thread takes at once: 16 bytes, read and written as a whole where the address allows it. */
#ifndef PACK_H
#define PACK_H

#define PACK ((int)(16 / sizeof(T)))
#define PACK_THREADS 256

typedef struct {
  A v[16 / sizeof(T)];
} Pack;

#if defined(ZOO_F64)
#define PACK_GET(w, k) bits_to_double((u64)(w)[2 * (k)] | (u64)(w)[2 * (k) + 1] << 32)
#elif defined(ZOO_U64)
#define PACK_GET(w, k) ((u64)(w)[2 * (k)] | (u64)(w)[2 * (k) + 1] << 32)
#elif defined(ZOO_F32)
#define PACK_GET(w, k) bits_to_float((w)[k])
#elif defined(ZOO_U32)
#define PACK_GET(w, k) ((w)[k])
#elif defined(ZOO_U8)
#define PACK_GET(w, k) ((u8)((w)[(k) / 4] >> 8 * ((k) % 4)))
#else
#define PACK_GET(w, k) VALUE((u16)((w)[(k) / 2] >> 16 * ((k) % 2)))
#endif

/* Whether the 16 bytes of elements i, i+1, ... lie in the tensor of n and may be moved as one. */
DEVICE int pack_whole(GLOBAL const T* p, i64 i, i64 n) { return i + PACK <= n && ((u64)p & 15) == 0; }

/* x[i], x[i+1], ..., where they exist; i is a multiple of PACK. */
DEVICE Pack pack_load(GLOBAL const T* x, i64 i, i64 n) {
  Pack r;
  if (pack_whole(x, i, n)) {
    uint4 q = *(GLOBAL const uint4*)(x + i);
    u32 w[4] = {q.x, q.y, q.z, q.w};
    UNROLL for (int k = 0; k < PACK; k++) r.v[k] = PACK_GET(w, k);
  } else {
    UNROLL for (int k = 0; k < PACK; k++) r.v[k] = i + k < n ? LOAD(x, i + k) : (A)0;
  }
  return r;
}

/* An element for all. */
DEVICE Pack pack_of(A v) {
  Pack r;
  UNROLL for (int k = 0; k < PACK; k++) r.v[k] = v;
  return r;
}

DEVICE void pack_store(GLOBAL T* y, i64 i, i64 n, Pack r) {
  if (pack_whole(y, i, n)) {
    u32 w[4] = {0, 0, 0, 0};
    UNROLL for (int k = 0; k < PACK; k++) {
#if defined(ZOO_F64)
      u64 b = double_to_bits(r.v[k]);
      w[2 * k] = (u32)b;
      w[2 * k + 1] = (u32)(b >> 32);
#elif defined(ZOO_U64)
      w[2 * k] = (u32)r.v[k];
      w[2 * k + 1] = (u32)(r.v[k] >> 32);
#elif defined(ZOO_F32)
      w[k] = float_to_bits(r.v[k]);
#elif defined(ZOO_U32)
      w[k] = r.v[k];
#elif defined(ZOO_U8)
      w[k / 4] |= (u32)r.v[k] << 8 * (k % 4);
#else
      w[k / 2] |= (u32)ROUNDED(r.v[k]) << 16 * (k % 2);
#endif
    }
    uint4 q;
    q.x = w[0];
    q.y = w[1];
    q.z = w[2];
    q.w = w[3];
    *(GLOBAL uint4*)(y + i) = q;
  } else {
    UNROLL for (int k = 0; k < PACK; k++)
      if (i + k < n) STORE(y, i + k, r.v[k]);
  }
}

/* Truth values, one byte an element. */
DEVICE void pack_store_truth(GLOBAL u8* y, i64 i, i64 n, Pack r) {
  UNROLL for (int k = 0; k < PACK; k++)
    if (i + k < n) y[i + k] = r.v[k] != 0;
}

/* Element that the thread's pack begins with. */
DEVICE i64 pack_start(void) { return ((i64)BLOCK_X * PACK_THREADS + THREAD) * PACK; }

/* The k-th element of a thread when the threads of a block take neighbours; as many elements a block as with packs. */
DEVICE i64 pack_strided(int k) { return ((i64)BLOCK_X * PACK + k) * PACK_THREADS + THREAD; }

#define ROLLED _Pragma("unroll 1")

#endif
