/*
 * One kernel of gemm_mma.c: 8 warps own 128 x 128 elements of C, a warp 64 x 32, and walk K in steps of 32 through a ring of STAGES tiles
 * of A and B in shared memory; copies of two later steps are on their way while a step multiplies. Tiles keep the order that the
 * operands have in memory: rows of 32 along k (A_BY_K, B_BY_K), or of 128 along m or n, which ldmatrix transposes. With WGMMA four warps have
 * 64 x 128 elements, and multiply out of shared memory while copies are issued.
 */
#define A_AT_ROWS(lane) tile_at(wm * 64 + i * 16 + (lane) % 16, kk * 2 + (lane) / 16, 4)
#define A_AT_COLS(lane) tile_at(kk * 16 + (lane) / 16 * 8 + (lane) % 8, wm * 8 + i * 2 + (lane) / 8 % 2, 16)
#define B_AT_ROWS(lane) tile_at(wn * 32 + j * 16 + (lane) / 16 * 8 + (lane) % 8, kk * 2 + (lane) / 8 % 2, 4)
#define B_AT_COLS(lane) tile_at(kk * 16 + (lane) % 16, wn * 4 + j * 2 + (lane) / 16, 16)

/* Where the sums acc[i][j] of a warp lie in its 64 rows. */
#if WGMMA
#define ACC_ROW (wn * 16)
#define ACC_COLUMN ((i * 4 + j) * 8)
#else
#define ACC_ROW (i * 16)
#define ACC_COLUMN (wn * 32 + j * 8)
#endif

/* The tiles of step n, on their way. */
#if A_BY_K
#define AHEAD_A(to, k) fetch(&copies, to, SIDE, 4, a + at_a, step_a, row0, p.m, k, k_to, whole_a)
#else
#define AHEAD_A(to, k) fetch(&copies, to, KT, 16, a + at_a, step_a, k, k_to, row0, p.m, whole_a)
#endif
#if B_BY_K
#define AHEAD_B(to, k) fetch(&copies, to, SIDE, 4, b + at_b, step_b, col0, p.n, k, k_to, whole_b)
#else
#define AHEAD_B(to, k) fetch(&copies, to, KT, 16, b + at_b, step_b, k, k_to, col0, p.n, whole_b)
#endif
#define AHEAD(n)                                                 \
  {                                                              \
    AHEAD_A(ring + (n) % STAGES * 2 * TILE, k_from + (n) * KT);  \
    AHEAD_B(ring + ((n) % STAGES * 2 + 1) * TILE, k_from + (n) * KT); \
  }

KERNEL_BLOCKS(256, 2, GEMM_NAME)
(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT c, GLOBAL A* RESTRICT work, GLOBAL const T* RESTRICT bias,
 Product p, Walk batches) {
  SHARED T ring[STAGES * 2 * TILE] __attribute__((aligned(1024)));
  EMULATED(SHARED u32 mma_exchange[24][256];)
  SHARED_POINTER float* sums = (SHARED_POINTER float*)ring;
  Copies copies;
  copies_begin(&copies);
  int tiles_n = (p.n + SIDE - 1) / SIDE, tiles_m = (p.m + SIDE - 1) / SIDE;
  int tile = BLOCK_X % (tiles_n * tiles_m), rest = BLOCK_X / (tiles_n * tiles_m);
  int split = rest % p.splits, batch = rest / p.splits;
  /* Blocks that run at once share few rows and few columns, so that these stay in the cache. */
  int group = tile / (NEIGHBOURS * tiles_n) * NEIGHBOURS, in_group = tile % (NEIGHBOURS * tiles_n);
  int high = min(NEIGHBOURS, tiles_m - group);
  int row0 = (group + in_group % high) * SIDE, col0 = in_group / high * SIDE;
  int k_from = split * p.k_split, k_to = min(p.k, k_from + p.k_split), steps = (k_to - k_from + KT - 1) / KT;
  i64 at_a, at_b, unused;
  walk(batches, batch, &at_a, &at_b, &unused);
  int step_a = A_BY_K ? p.a_m : p.a_k, step_b = B_BY_K ? p.b_n : p.b_k;
  int whole_a = whole_rows(a + at_a, step_a), whole_b = whole_rows(b + at_b, step_b);
  int wm = WARP / 4, wn = WARP % 4;
  float acc[4][4][4];
  UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) UNROLL for (int e = 0; e < 4; e++) acc[i][j][e] = 0;

  for (int step = 0; step < STAGES - 1; step++) {
    if (step < steps) AHEAD(step);
    copies_commit(&copies);
  }
  for (int step = 0; step < steps; step++) {
    /* The copies of this step have arrived, and everybody is done with the tiles of the last, whose place is next. */
    COPIES_WAIT(&copies, STAGES - 2);
#if WGMMA
    wgmma_wait();
    wgmma_visible();
#endif
    BARRIER();
    SHARED_POINTER T* as = ring + step % STAGES * 2 * TILE;
    SHARED_POINTER T* bs = as + TILE;
#if WGMMA
    wgmma_begin();
    UNROLL for (int kk = 0; kk < KT / 16; kk++) wgmma(&acc[0][0][0], tile_rows(as + wm * 64 * KT, kk), tile_rows(bs, kk));
    wgmma_commit();
#endif
    if (step + STAGES - 1 < steps) AHEAD(step + STAGES - 1);
    copies_commit(&copies);
#if !WGMMA
    MMA_UNROLL for (int kk = 0; kk < KT / 16; kk++) {
      u32 left[4][4], right[4][2];
      MMA_UNROLL for (int i = 0; i < 4; i++) {
        if (A_BY_K) LDMATRIX4(left[i], as, A_AT_ROWS);
        else LDMATRIX4_TRANSPOSED(left[i], as, A_AT_COLS);
      }
      MMA_UNROLL for (int j = 0; j < 2; j++) {
        if (B_BY_K) LDMATRIX4(right[2 * j], bs, B_AT_ROWS);
        else LDMATRIX4_TRANSPOSED(right[2 * j], bs, B_AT_COLS);
      }
      MMA(acc, left, right, 4, 4);
    }
#endif
  }
#if WGMMA
  wgmma_wait();
#endif
  COPIES_WAIT(&copies, 0);
  /* Sums go through shared memory, 64 rows at a time, so that a thread has neighbours of a row to finish and to write at once. */
  i64 at_c = (i64)batch * p.m * p.n;
  for (int part = 0; part < 2; part++) {
    BARRIER();
    if (wm == part) {
      UNROLL for (int i = 0; i < 4; i++)
        UNROLL for (int j = 0; j < 4; j++)
          UNROLL for (int e = 0; e < 4; e++)
            sums[(ACC_ROW + LANE / 4 + e / 2 * 8) * SUM_ROW + ACC_COLUMN + LANE % 4 * 2 + e % 2] = acc[i][j][e];
    }
    BARRIER();
    ROLLED for (int at = THREAD; at < 64 * SIDE / 8; at += 256) {
      int own = at / (SIDE / 8), n = col0 + at % (SIDE / 8) * 8, r = row0 + part * 64 + own;
      if (r < p.m && n < p.n)
        put8(c, work, bias, p, split, at_c, r, n, sums + own * SUM_ROW + at % (SIDE / 8) * 8);
    }
  }
}
#undef A_AT_ROWS
#undef A_AT_COLS
#undef B_AT_ROWS
#undef B_AT_COLS
#undef AHEAD
#undef ACC_ROW
#undef ACC_COLUMN
#undef AHEAD_A
#undef AHEAD_B
#undef GEMM_NAME
#undef A_BY_K
#undef B_BY_K
