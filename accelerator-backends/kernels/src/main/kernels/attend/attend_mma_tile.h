/*
 * One kernel of attend_mma.c: 8 warps own 16 rows each and keep these rows' q, scores, weights and results in registers. Tiles of 64 keys
 * and of their values take turns in a ring of three: while a tile multiplies, the next two are on their way.
 */
#define Q_AT(lane) tile_at(WARP * 16 + (lane) % 16, c * 2 + (lane) / 16, D / 8)
#define K_AT(lane) tile_at(n * 16 + (lane) / 16 * 8 + (lane) % 8, c * 2 + (lane) / 8 % 2, D / 8)
#define V_AT(lane) tile_at(j * 16 + (lane) % 16, part * 8 + n * 2 + (lane) / 16, D / 8)

KERNEL_BLOCKS(256, 1, ATTEND_NAME)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL T* RESTRICT o, GLOBAL A* RESTRICT lse,
 GLOBAL A* RESTRICT work_o, GLOBAL A* RESTRICT work_lse, SECTION_INPUTS) {
  SHARED T ring[3 * BN * D] __attribute__((aligned(128)));
  EMULATED(SHARED u32 mma_exchange[20][256];)
  SECTION_BEGIN;
  Copies copies;
  copies_begin(&copies);
  int tiles = (p.queries + BM - 1) / BM;
  /* The last rows of a causal attention have most to do: they begin. */
  int tile = tiles - 1 - BLOCK_X % tiles, rest = BLOCK_X / tiles;
  int split = rest % p.splits, bh = rest / p.splits, b = bh / p.heads, head = bh % p.heads, row0 = tile * BM;
  i64 at_q = (i64)bh * p.queries, at_k = ((i64)b * p.key_heads + key_head(&p, &in, head)) * p.keys;
  q += at_q * p.depth;
  k += at_k * p.depth;
  v += at_k * p.depth_v;

  /* Which keys each row sees (-1: there is no such row), all of them together, and which all of them see. */
  SHARED_POINTER int* bounds = (SHARED_POINTER int*)ring;
  SHARED_POINTER int* limits = bounds + 2 * BM;
  if (THREAD < BM) {
    int own = row0 + THREAD < p.queries;
    Row r = row_of(&p, &in, b, head, own ? row0 + THREAD : 0);
    bounds[2 * THREAD] = own ? r.from : 0;
    bounds[2 * THREAD + 1] = own ? max(r.to, 0) : -1;
  }
  BARRIER();
  int low = p.keys, high = 0, inner_from = 0, inner_to = p.keys;
  if (THREAD < 16) {
    for (int r = THREAD * 8; r < THREAD * 8 + 8; r++) {
      int f = bounds[2 * r], t = bounds[2 * r + 1];
      if (t > f) {
        low = min(low, f);
        high = max(high, t);
      }
      if (t >= 0) {
        inner_from = max(inner_from, f);
        inner_to = min(inner_to, t);
      }
    }
    limits[4 * THREAD] = low;
    limits[4 * THREAD + 1] = high;
    limits[4 * THREAD + 2] = inner_from;
    limits[4 * THREAD + 3] = inner_to;
  }
  BARRIER();
  for (int i = 0; i < 16; i++) {
    low = min(low, limits[4 * i]);
    high = max(high, limits[4 * i + 1]);
    inner_from = max(inner_from, limits[4 * i + 2]);
    inner_to = min(inner_to, limits[4 * i + 3]);
  }
  int from[2], to[2];
  UNROLL for (int i = 0; i < 2; i++) {
    from[i] = bounds[2 * (WARP * 16 + LANE / 4 + 8 * i)];
    to[i] = bounds[2 * (WARP * 16 + LANE / 4 + 8 * i) + 1];
  }
  BARRIER();
  int run = ((max(high - low, 0) + p.splits - 1) / p.splits + BN - 1) / BN * BN;
  int first = low + split * run, last = min(high, first + run), steps = max((last - first + BN - 1) / BN, 0);
  int whole_k = whole_rows(k, p.depth), whole_v = whole_rows(v, p.depth_v);

  fetch(&copies, ring + BN * D, BM, D / 8, q, p.depth, row0, p.queries, 0, p.depth, whole_rows(q, p.depth));
  copies_commit(&copies);
  if (steps > 0) fetch(&copies, ring, BN, D / 8, k, p.depth, first, last, 0, p.depth, whole_k);
  copies_commit(&copies);
  COPIES_WAIT(&copies, 1);
  BARRIER();
  u32 rows[D / 16][4];
  MMA_UNROLL for (int c = 0; c < D / 16; c++) LDMATRIX4(rows[c], ring + BN * D, Q_AT);
  BARRIER();
  if (steps > 0) fetch(&copies, ring + BN * D, BN, D / 8, v, p.depth_v, first, last, 0, p.depth_v, whole_v);
  copies_commit(&copies);

  float acc[D / 64][8][4], top[2], sum[2];
  float scaled = (num.softcap > 0 ? num.softcap : num.scale) * LOG2_E;
  MMA_UNROLL for (int part = 0; part < D / 64; part++)
    MMA_UNROLL for (int n = 0; n < 8; n++) UNROLL for (int e = 0; e < 4; e++) acc[part][n][e] = 0;
  UNROLL for (int i = 0; i < 2; i++) {
    top[i] = -INF;
    sum[i] = 0;
  }
  for (int step = 0; step < steps; step++) {
    int j0 = first + step * BN;
    SHARED_POINTER T* keys = ring + 2 * step % 3 * BN * D;
    SHARED_POINTER T* values = ring + (2 * step + 1) % 3 * BN * D;
    SHARED_POINTER T* next = ring + (2 * step + 2) % 3 * BN * D;
    /* The keys have arrived, and everybody is done with the last values, whose place the next keys take. */
    COPIES_WAIT(&copies, 1);
    BARRIER();
    if (step + 1 < steps) fetch(&copies, next, BN, D / 8, k, p.depth, j0 + BN, last, 0, p.depth, whole_k);
    copies_commit(&copies);
    float s[1][8][4];
    MMA_UNROLL for (int n = 0; n < 8; n++) UNROLL for (int e = 0; e < 4; e++) s[0][n][e] = 0;
    MMA_UNROLL for (int c = 0; c < D / 16; c++) {
      u32 right[8][2];
      MMA_UNROLL for (int n = 0; n < 4; n++) LDMATRIX4(right[2 * n], keys, K_AT);
      MMA(s, rows + c, right, 1, 8);
    }
    if (num.softcap > 0) {
      MMA_UNROLL for (int n = 0; n < 8; n++)
        MMA_UNROLL for (int e = 0; e < 4; e++) s[0][n][e] = tanh(s[0][n][e] * (num.scale / num.softcap));
    }
    if (j0 < inner_from || j0 + BN > min(inner_to, last)) {
      MMA_UNROLL for (int n = 0; n < 8; n++)
        MMA_UNROLL for (int e = 0; e < 4; e++) {
          int key = j0 + n * 8 + LANE % 4 * 2 + e % 2;
          if (key < from[e / 2] || key >= min(to[e / 2], last)) s[0][n][e] = -INF;
        }
    }
    float best[2], base[2];
    UNROLL for (int i = 0; i < 2; i++) best[i] = top[i];
    MMA_UNROLL for (int n = 0; n < 8; n++)
      MMA_UNROLL for (int e = 0; e < 4; e++) best[e / 2] = s[0][n][e] > best[e / 2] ? s[0][n][e] : best[e / 2];
    QUAD_MAX(best, 2);
    UNROLL for (int i = 0; i < 2; i++) {
      base[i] = best[i] == -INF ? 0 : best[i] * scaled;
      float shrink = exp2(top[i] * scaled - base[i]);
      top[i] = best[i];
      sum[i] *= shrink;
      MMA_UNROLL for (int part = 0; part < D / 64; part++)
        MMA_UNROLL for (int n = 0; n < 8; n++) UNROLL for (int e = 0; e < 2; e++) acc[part][n][2 * i + e] *= shrink;
    }
    /* Weights of 16 keys lie as the left matrix of the next product needs them. */
    u32 weights[4][4];
    MMA_UNROLL for (int n = 0; n < 8; n++) {
      MMA_UNROLL for (int e = 0; e < 4; e++) {
        s[0][n][e] = exp2(s[0][n][e] * scaled - base[e / 2]);
        sum[e / 2] += s[0][n][e];
      }
      weights[n / 2][n % 2 * 2] = pair_of(s[0][n][0], s[0][n][1]);
      weights[n / 2][n % 2 * 2 + 1] = pair_of(s[0][n][2], s[0][n][3]);
    }
    /* The values have arrived, and everybody is done with the keys, whose place the next values take. */
    COPIES_WAIT(&copies, 1);
    BARRIER();
    if (step + 1 < steps) fetch(&copies, keys, BN, D / 8, v, p.depth_v, j0 + BN, last, 0, p.depth_v, whole_v);
    copies_commit(&copies);
    MMA_UNROLL for (int j = 0; j < 4; j++) {
      MMA_UNROLL for (int part = 0; part < D / 64; part++) {
        u32 right[8][2];
        MMA_UNROLL for (int n = 0; n < 4; n++) LDMATRIX4_TRANSPOSED(right[2 * n], values, V_AT);
        MMA(acc + part, weights + j, right, 1, 8);
      }
    }
  }
  QUAD_SUM(sum, 2);
  i64 part_rows = (i64)p.batch * p.heads * p.queries;
  UNROLL for (int i = 0; i < 2; i++) {
    int row = row0 + WARP * 16 + LANE / 4 + 8 * i;
    if (row < p.queries) {
      i64 at = at_q + row;
      float f = sum[i] == 0 ? 0 : 1 / sum[i];
      float l = sum[i] == 0 ? -INF : top[i] * scaled * LN_2 + log(sum[i]);
      i64 part_at = (p.part + split) * part_rows + at;
      if (LANE % 4 == 0) {
        if (p.parts > 1) work_lse[part_at] = l;
        else lse[at] = l;
      }
      MMA_UNROLL for (int n = 0; n < D / 8; n++) {
        int c = n * 8 + LANE % 4 * 2;
        float x = acc[n / 8][n % 8][2 * i] * f, y = acc[n / 8][n % 8][2 * i + 1] * f;
        if (p.parts > 1) {
          if (c < p.depth_v) work_o[part_at * p.depth_v + c] = x;
          if (c + 1 < p.depth_v) work_o[part_at * p.depth_v + c + 1] = y;
        } else {
          put_pair(o + at * p.depth_v, c, p.depth_v, x, y);
        }
      }
    }
  }
}
#undef Q_AT
#undef K_AT
#undef V_AT
