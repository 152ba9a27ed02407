/*
 * One kernel of attend_gradient_mma.c. 8 warps own 16 rows each and keep them in registers: rows of q and dO (OWN_QUERIES) or of k and v. They
 * walk over tiles of 32 rows of the other side, whose next one is on its way while one multiplies:
 *   scores = own rows . walked rows, weights = exp(scores - lse), slopes = weights (dO . v - delta), result += slopes . walked rows.
 * With OF_VALUES the result is that to v, which is made of weights and dO.
 */
#define OWN_AT(lane) tile_at(WARP * 16 + (lane) % 16, c * 2 + (lane) / 16, D / 8)
#define WALKED_AT(lane) tile_at(n * 16 + (lane) / 16 * 8 + (lane) % 8, c * 2 + (lane) / 8 % 2, D / 8)
#define SUMMED_AT(lane) tile_at(j * 16 + (lane) % 16, part * 8 + n * 2 + (lane) / 16, D / 8)

/* out = own rows . rows of a tile */
#define PRODUCT(out, own_rows, walked)                                                               \
  MMA_UNROLL for (int n = 0; n < 4; n++) UNROLL for (int e = 0; e < 4; e++) out[0][n][e] = 0;       \
  MMA_UNROLL for (int c = 0; c < D / 16; c++) {                                                      \
    u32 right[4][2];                                                                                 \
    MMA_UNROLL for (int n = 0; n < 2; n++) LDMATRIX4(right[2 * n], walked, WALKED_AT);               \
    MMA(out, own_rows + c, right, 1, 4);                                                             \
  }

/* The tiles that are walked over next, on their way; what the kernel must know of their rows is read now and written by AHEAD_END. */
#if OWN_QUERIES
#define AHEAD_BEGIN
#define AHEAD_HEAD(n) head
#define AHEAD_ROW(n) (begin + (n) * WALKED)
#define AHEAD_AT(n) at_keys
#define AHEAD_ROWS(n)
#define AHEAD_END(n)
#else
#define AHEAD_BEGIN             \
  int next_from = 0, next_to = 0; \
  float next_lse = 0, next_delta = 0
#define AHEAD_HEAD(n) (head * group + (n) / tile_count)
#define AHEAD_ROW(n) (begin + (n) % tile_count * WALKED)
#define AHEAD_AT(n) (((i64)b * p.heads + AHEAD_HEAD(n)) * p.queries)
#define AHEAD_ROWS(n)                                          \
  next_from = next_to = 0;                                     \
  if (THREAD < WALKED && AHEAD_ROW(n) + THREAD < end) {        \
    int i = AHEAD_ROW(n) + THREAD;                             \
    Row r = row_of(&p, &in, b, AHEAD_HEAD(n), i);              \
    next_from = r.from;                                        \
    next_to = r.to;                                            \
    next_lse = lse[AHEAD_AT(n) + i];                           \
    next_delta = delta[AHEAD_AT(n) + i];                       \
  }
#define AHEAD_END(n)                       \
  if (THREAD < WALKED) {                   \
    seen_from[(n) % 2][THREAD] = next_from;  \
    seen_to[(n) % 2][THREAD] = next_to;      \
    seen_lse[(n) % 2][THREAD] = next_lse;    \
    seen_delta[(n) % 2][THREAD] = next_delta; \
  }
#endif
#define AHEAD(n)                                                                                                              \
  {                                                                                                                           \
    GLOBAL const T* walked1 = (OWN_QUERIES ? k : q) + AHEAD_AT(n) * p.depth;                                                  \
    GLOBAL const T* walked2 = (OWN_QUERIES ? v : d_o) + AHEAD_AT(n) * p.depth_v;                                              \
    SHARED_POINTER T* place = ring + (n) % 2 * 2 * WALKED * D;                                                                \
    fetch(&copies, place, WALKED, D / 8, walked1, p.depth, AHEAD_ROW(n), end, 0, p.depth, whole_rows(walked1, p.depth));      \
    fetch(&copies, place + WALKED * D, WALKED, D / 8, walked2, p.depth_v, AHEAD_ROW(n), end, 0, p.depth_v,                    \
          whole_rows(walked2, p.depth_v));                                                                                    \
    AHEAD_ROWS(n)                                                                                                             \
  }

KERNEL_BLOCKS(256, OF_VALUES && D == 64 ? 2 : 1, GRADIENT_NAME)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT lse,
 GLOBAL const A* RESTRICT delta, GLOBAL T* RESTRICT result, SECTION_INPUTS) {
  SHARED T ring[4 * WALKED * D] __attribute__((aligned(128)));
#if !OWN_QUERIES
  SHARED int seen_from[2][WALKED], seen_to[2][WALKED];
  SHARED float seen_lse[2][WALKED], seen_delta[2][WALKED];
#endif
  EMULATED(SHARED u32 mma_exchange[20][256];)
  SECTION_BEGIN;
  Copies copies;
  copies_begin(&copies);
  SHARED_POINTER int* low = (SHARED_POINTER int*)ring;
  SHARED_POINTER int* high = low + 256;
  int own_count = OWN_QUERIES ? p.queries : p.keys, own_heads = OWN_QUERIES ? p.heads : p.key_heads;
  int tiles = (own_count + BM - 1) / BM, tile = OWN_QUERIES ? tiles - 1 - BLOCK_X % tiles : BLOCK_X % tiles;
  int bh = BLOCK_X / tiles, b = bh / own_heads, head = bh % own_heads, own0 = tile * BM;
  int group = OWN_QUERIES ? 1 : p.heads / p.key_heads;
  i64 at_own = (i64)bh * own_count;
  i64 at_keys = OWN_QUERIES ? ((i64)b * p.key_heads + key_head(&p, &in, head)) * p.keys : at_own;
  GLOBAL const T* own1 = OWN_QUERIES ? q + at_own * p.depth : k + at_own * p.depth;

  /* The walked rows that meet any of the block's own, as begin..end-1; windows and lengths are the same for all heads. */
  int begin = OWN_QUERIES ? p.keys : p.queries, end = 0;
  for (int i = OWN_QUERIES ? own0 + THREAD : THREAD; i < (OWN_QUERIES ? min(own0 + BM, p.queries) : p.queries); i += 256) {
    Row r = row_of(&p, &in, b, OWN_QUERIES ? head : 0, i);
    int meets = OWN_QUERIES ? r.to > r.from : r.to > r.from && r.from < own0 + BM && r.to > own0;
    if (meets) {
      begin = min(begin, OWN_QUERIES ? r.from : i);
      end = max(end, OWN_QUERIES ? r.to : i + 1);
    }
  }
  low[THREAD] = begin;
  high[THREAD] = end;
  BARRIER();
  for (int i = 0; i < 256; i++) {
    begin = min(begin, low[i]);
    end = max(end, high[i]);
  }
  BARRIER();
  int tile_count = max(end - begin + WALKED - 1, 0) / WALKED, steps = group * tile_count;

  u32 rows1[D / 16][4];
  fetch(&copies, ring, BM, D / 8, own1, p.depth, own0, own_count, 0, p.depth, whole_rows(own1, p.depth));
  copies_commit(&copies);
  COPIES_WAIT(&copies, 0);
  BARRIER();
  MMA_UNROLL for (int c = 0; c < D / 16; c++) LDMATRIX4(rows1[c], ring, OWN_AT);
  BARRIER();
#if !OF_VALUES
  GLOBAL const T* own2 = OWN_QUERIES ? d_o + at_own * p.depth_v : v + at_own * p.depth_v;
  u32 rows2[D / 16][4];
  fetch(&copies, ring, BM, D / 8, own2, p.depth_v, own0, own_count, 0, p.depth_v, whole_rows(own2, p.depth_v));
  copies_commit(&copies);
  COPIES_WAIT(&copies, 0);
  BARRIER();
  MMA_UNROLL for (int c = 0; c < D / 16; c++) LDMATRIX4(rows2[c], ring, OWN_AT);
  BARRIER();
#endif

#if OWN_QUERIES
  int from[2], to[2];
  float own_lse[2], own_delta[2];
  UNROLL for (int i = 0; i < 2; i++) {
    int row = own0 + WARP * 16 + LANE / 4 + 8 * i, exists = row < p.queries;
    Row r = row_of(&p, &in, b, head, exists ? row : 0);
    from[i] = r.from;
    to[i] = exists ? r.to : 0;
    own_lse[i] = exists ? lse[at_own + row] : 0;
    own_delta[i] = exists ? delta[at_own + row] : 0;
  }
#endif
  float acc[D / 64][8][4];
  MMA_UNROLL for (int part = 0; part < D / 64; part++)
    MMA_UNROLL for (int n = 0; n < 8; n++) UNROLL for (int e = 0; e < 4; e++) acc[part][n][e] = 0;
  AHEAD_BEGIN;
  if (steps > 0) AHEAD(0);
  copies_commit(&copies);
  AHEAD_END(0);
  for (int step = 0; step < steps; step++) {
    COPIES_WAIT(&copies, 0);
    BARRIER();
    if (step + 1 < steps) AHEAD(step + 1);
    copies_commit(&copies);
    SHARED_POINTER T* walked = ring + step % 2 * 2 * WALKED * D;
    float s[1][4][4];
    PRODUCT(s, rows1, walked);
#if !OF_VALUES
    float slope[1][4][4];
    PRODUCT(slope, rows2, walked + WALKED * D);
#endif
    u32 left[2][4];
    MMA_UNROLL for (int n = 0; n < 4; n++) {
      MMA_UNROLL for (int e = 0; e < 4; e++) {
        int column = n * 8 + LANE % 4 * 2 + e % 2;
#if OWN_QUERIES
        int x = begin + step * WALKED + column, seen = x >= from[e / 2] && x < min(to[e / 2], end);
        float row_lse = own_lse[e / 2], row_delta = own_delta[e / 2];
#else
        int x = own0 + WARP * 16 + LANE / 4 + e / 2 * 8;
        int seen = x >= seen_from[step % 2][column] && x < seen_to[step % 2][column];
        float row_lse = seen_lse[step % 2][column], row_delta = seen_delta[step % 2][column];
#endif
        float score = s[0][n][e] * num.scale, capped = 0;
        if (num.softcap > 0) {
          capped = tanh(score / num.softcap);
          score = capped * num.softcap;
        }
        float w = seen ? exp2((score - row_lse) * LOG2_E) : 0;
#if OF_VALUES
        s[0][n][e] = w;
#else
        s[0][n][e] = seen ? w * (slope[0][n][e] - row_delta) * (1 - capped * capped) : 0;
#endif
      }
      left[n / 2][n % 2 * 2] = pair_of(s[0][n][0], s[0][n][1]);
      left[n / 2][n % 2 * 2 + 1] = pair_of(s[0][n][2], s[0][n][3]);
    }
    MMA_UNROLL for (int j = 0; j < 2; j++) {
      MMA_UNROLL for (int part = 0; part < D / 64; part++) {
        u32 right[8][2];
        MMA_UNROLL for (int n = 0; n < 4; n++)
          LDMATRIX4_TRANSPOSED(right[2 * n], walked + OF_VALUES * WALKED * D, SUMMED_AT);
        MMA(acc + part, left + j, right, 1, 8);
      }
    }
    AHEAD_END(step + 1);
  }
  int width = OF_VALUES ? p.depth_v : p.depth;
  float factor = OF_VALUES ? 1 : num.scale;
  UNROLL for (int i = 0; i < 2; i++) {
    int row = own0 + WARP * 16 + LANE / 4 + 8 * i;
    if (row < own_count) {
      GLOBAL T* out = result + (at_own + row) * width;
      MMA_UNROLL for (int n = 0; n < D / 8; n++) {
        int c = n * 8 + LANE % 4 * 2;
        put_pair(out, c, width, acc[n / 8][n % 8][2 * i] * factor, acc[n / 8][n % 8][2 * i + 1] * factor);
      }
    }
  }
}
#undef OWN_AT
#undef WALKED_AT
#undef SUMMED_AT
#undef PRODUCT
#undef AHEAD_BEGIN
#undef AHEAD_HEAD
#undef AHEAD_ROW
#undef AHEAD_AT
#undef AHEAD_ROWS
#undef AHEAD_END
#undef AHEAD
#undef GRADIENT_NAME
#undef OWN_QUERIES
#undef OF_VALUES
