/*
 * Products of small matrices by a warp's tensor cores, for BF16 and F16 with sums in F32 (mma.m16n8k16 of PTX), and what feeds them:
 * matrices read from shared memory (ldmatrix) and copies into it that run beside the arithmetic (cp.async). Compute capability 8.0.
 *
 * OpenCL has none of it. There the same names are an emulation with the same place of every element in every lane's registers, so that a
 * kernel's indices, masks and order are checked on a CPU; it is slow and for tests only. What runs on many lanes at once exchanges
 * registers through shared memory: all threads of a block must reach every MMA and QUAD.
 *
 * Places, for lane = 4 g + t of a warp (PTX ISA, "Matrix Fragments for mma.m16n8k16"):
 *   A [16, 16]: register r holds row g + 8 (r % 2), columns 2 t + 8 (r / 2) and the next
 *   B [16, 8]:  register r holds rows 2 t + 8 r and the next, column g
 *   C [16, 8]:  element e is row g + 8 (e / 2), column 2 t + e % 2
 */
#ifndef MMA_H
#define MMA_H

#ifndef SHARED_POINTER
#ifdef __CUDACC__
#define SHARED_POINTER
#else
#define SHARED_POINTER __local
#endif
#endif

#define LANE (THREAD % 32)
#define WARP (THREAD / 32)

/* Two elements as a register holds them, the first one below. */
DEVICE u32 pair_of(float low, float high) { return (u32)ROUNDED(low) | (u32)ROUNDED(high) << 16; }

/*
 * Where chunk `chunk` (16 bytes) of row `row` lies in a tile whose rows have `chunks` (4, or a multiple of 8), in elements: mixed so that
 * eight rows' chunks of one number lie in different banks.
 */
DEVICE int tile_at(int row, int chunk, int chunks) {
  return (row * chunks + (chunks == 4 ? chunk ^ (row / 2 % 4) : chunk ^ (row % 8))) * 8;
}

#ifdef __CUDACC__

/* As KERNEL, with so few registers that `blocks` blocks share a processor. */
#define KERNEL_BLOCKS(threads, blocks, name) extern "C" __global__ void __launch_bounds__(threads, blocks) name
#define EMULATED(x)
#define MMA_UNROLL UNROLL

typedef struct {
} Copies;
DEVICE void copies_begin(Copies* c) {}

/* 16 bytes to shared memory of which `bytes` are read and the rest is zero; both addresses are multiples of 16. */
DEVICE void copy16(Copies* c, T* to, const T* from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"((u32)__cvta_generic_to_shared(to)), "l"(from), "r"(bytes)
               : "memory");
}
DEVICE void copies_commit(Copies* c) { asm volatile("cp.async.commit_group;" ::: "memory"); }
/* Waits for all groups of this thread's copies but the last n. */
#define COPIES_WAIT(c, n) asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory")

DEVICE void ldmatrix4(u32* d, const T* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"((u32)__cvta_generic_to_shared(row))
               : "memory");
}
DEVICE void ldmatrix4_transposed(u32* d, const T* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"((u32)__cvta_generic_to_shared(row))
               : "memory");
}
/* Four 8 x 8 matrices; `at(lane)` is where row lane % 8 of matrix lane / 8 begins in `tile`. */
#define LDMATRIX4(d, tile, at) ldmatrix4(d, (tile) + at(LANE))
#define LDMATRIX4_TRANSPOSED(d, tile, at) ldmatrix4_transposed(d, (tile) + at(LANE))

DEVICE void mma(float* c, const u32* a, const u32* b) {
#ifdef ZOO_BF16
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
#else
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
#endif
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
/* c[i][j] += a[i] b[j]: float c[mi][ni][4], u32 a[mi][4], u32 b[ni][2]. */
#define MMA(c, a, b, mi, ni) \
  UNROLL for (int mma_i = 0; mma_i < (mi); mma_i++) UNROLL for (int mma_j = 0; mma_j < (ni); mma_j++) mma((c)[mma_i][mma_j], (a)[mma_i], (b)[mma_j])

/* The greatest, and the sum, of the four lanes that hold a row of C, for n numbers of each lane. */
#define QUAD_MAX(x, n)                                                                                             \
  UNROLL for (int quad = 0; quad < (n); quad++) UNROLL for (int other = 1; other < 4; other *= 2) {                \
    float theirs = __shfl_xor_sync(0xffffffffu, (x)[quad], other);                                                 \
    (x)[quad] = theirs > (x)[quad] ? theirs : (x)[quad];                                                           \
  }
#define QUAD_SUM(x, n)                                                                              \
  UNROLL for (int quad = 0; quad < (n); quad++) UNROLL for (int other = 1; other < 4; other *= 2) { \
    (x)[quad] += __shfl_xor_sync(0xffffffffu, (x)[quad], other);                                    \
  }

#else /* OpenCL C */

#define KERNEL_BLOCKS(threads, blocks, name) KERNEL(threads, name)
/* What only the emulation declares: SHARED u32 mma_exchange[words][threads], words at least 4 mi + 2 ni of every MMA. */
#define EMULATED(x) x
#define MMA_UNROLL

/* BF16 copies at once, which shows what is overwritten too early; F16 when it is waited for, which shows what is read too early. */
#define MOST_COPIES 32
typedef struct {
  SHARED_POINTER T* to[MOST_COPIES];
  GLOBAL const T* from[MOST_COPIES];
  int bytes[MOST_COPIES];
  int group[MOST_COPIES];
  int first, last, groups;
} Copies;
DEVICE void copies_begin(Copies* c) { c->first = c->last = c->groups = 0; }
DEVICE void copy_now(SHARED_POINTER T* to, GLOBAL const T* from, int bytes) {
  for (int i = 0; i < 8; i++) to[i] = 2 * i < bytes ? from[i] : (T)0;
}
DEVICE void copy16(Copies* c, SHARED_POINTER T* to, GLOBAL const T* from, int bytes) {
#ifdef ZOO_BF16
  copy_now(to, from, bytes);
#else
  int n = c->last++ % MOST_COPIES;
  c->to[n] = to;
  c->from[n] = from;
  c->bytes[n] = bytes;
  c->group[n] = c->groups;
#endif
}
DEVICE void copies_commit(Copies* c) { c->groups++; }
DEVICE void copies_wait(Copies* c, int n) {
  for (; c->first < c->last && c->group[c->first % MOST_COPIES] < c->groups - n; c->first++) {
    int i = c->first % MOST_COPIES;
    copy_now(c->to[i], c->from[i], c->bytes[i]);
  }
}
#define COPIES_WAIT(c, n) copies_wait(c, n)

#define LDMATRIX4(d, tile, at) \
  for (int ld_r = 0; ld_r < 4; ld_r++) (d)[ld_r] = ((SHARED_POINTER u32*)((tile) + at((8 * ld_r + LANE / 4))))[LANE % 4]
#define LDMATRIX4_TRANSPOSED(d, tile, at)                                                  \
  for (int ld_r = 0; ld_r < 4; ld_r++)                                                     \
  (d)[ld_r] = (u32)(tile)[at((8 * ld_r + LANE % 4 * 2)) + LANE / 4] |                      \
              (u32)(tile)[at((8 * ld_r + LANE % 4 * 2 + 1)) + LANE / 4] << 16

DEVICE float mma_half(u32 pair, int k) { return VALUE((u16)(k % 2 ? pair >> 16 : pair & 0xffffu)); }
#define MMA(c, a, b, mi, ni)                                                                                          \
  {                                                                                                                   \
    BARRIER();                                                                                                        \
    for (int mma_i = 0; mma_i < 4 * (mi); mma_i++) mma_exchange[mma_i][THREAD] = (a)[mma_i / 4][mma_i % 4];           \
    for (int mma_j = 0; mma_j < 2 * (ni); mma_j++) mma_exchange[4 * (mi) + mma_j][THREAD] = (b)[mma_j / 2][mma_j % 2];\
    BARRIER();                                                                                                        \
    for (int mma_i = 0; mma_i < (mi); mma_i++)                                                                        \
      for (int mma_j = 0; mma_j < (ni); mma_j++)                                                                      \
        for (int mma_e = 0; mma_e < 4; mma_e++) {                                                                     \
          int mma_col = LANE % 4 * 2 + mma_e % 2, mma_warp = WARP * 32;                                               \
          float mma_sum = (c)[mma_i][mma_j][mma_e];                                                                   \
          for (int mma_k = 0; mma_k < 16; mma_k++)                                                                    \
            mma_sum += mma_half(mma_exchange[4 * mma_i + mma_e / 2 + mma_k / 8 * 2]                                   \
                                            [mma_warp + LANE / 4 * 4 + mma_k % 8 / 2], mma_k) *                       \
                       mma_half(mma_exchange[4 * (mi) + 2 * mma_j + mma_k / 8]                                        \
                                            [mma_warp + mma_col * 4 + mma_k % 8 / 2], mma_k);                         \
          (c)[mma_i][mma_j][mma_e] = mma_sum;                                                                         \
        }                                                                                                             \
  }

#define QUAD_WITH(x, n, joined)                                                             \
  {                                                                                         \
    BARRIER();                                                                              \
    for (int quad = 0; quad < (n); quad++) mma_exchange[quad][THREAD] = float_to_bits((x)[quad]); \
    BARRIER();                                                                              \
    for (int quad = 0; quad < (n); quad++) {                                                \
      float own[4];                                                                         \
      for (int i = 0; i < 4; i++) own[i] = bits_to_float(mma_exchange[quad][THREAD ^ i]);   \
      (x)[quad] = joined;                                                                   \
    }                                                                                       \
  }
#define QUAD_MAX(x, n) QUAD_WITH(x, n, fmax(fmax(own[0], own[1]), fmax(own[2], own[3])))
#define QUAD_SUM(x, n) QUAD_WITH(x, n, (own[0] + own[1]) + (own[2] + own[3]))

#endif

/* Elements c (even) and c + 1 of a row of `width` that begins at `row`, as far as they exist. */
DEVICE void put_pair(GLOBAL T* row, int c, int width, float x, float y) {
  if (width % 2 == 0) {
    if (c < width) *(GLOBAL u32*)(row + c) = pair_of(x, y);
  } else {
    if (c < width) row[c] = ROUNDED(x);
    if (c + 1 < width) row[c + 1] = ROUNDED(y);
  }
}

/* Whether chunks of 16 bytes of rows begin at multiples of 16 bytes. */
DEVICE int whole_rows(GLOBAL const T* x, int step) { return ((u64)x & 15) == 0 && step % 8 == 0; }

/*
 * Rows row0.. and elements from0.. of a matrix into a tile of `tile_rows` rows of `chunks` chunks, by 256 threads; zeros beyond the
 * matrix's ends `rows` and `to`.
 */
DEVICE void fetch(Copies* copies, SHARED_POINTER T* tile, int tile_rows, int chunks, GLOBAL const T* x, int step, int row0, int rows,
                  int from0, int to, int whole) {
  int row = row0 + THREAD / chunks, chunk = THREAD % chunks, from = from0 + chunk * 8, each = 256 / chunks;
  int n = min(max(to - from, 0), 8);
  GLOBAL const T* source = x + (i64)row * step + from;
  /* Rows that one thread takes are a multiple of 8 apart, and so lie alike. */
  SHARED_POINTER T* own = tile + tile_at(THREAD / chunks, chunk, chunks);
  MMA_UNROLL for (int e = 0; e < tile_rows / each; e++) {
    int count = row + e * each < rows ? n : 0;
    if (whole) copy16(copies, own, count > 0 ? source : x, 2 * count);
    else UNROLL for (int i = 0; i < 8; i++) own[i] = i < count ? source[i] : (T)0;
    source += (i64)each * step;
    own += each * chunks * 8;
  }
}

#endif
