/*
 * The three kernels of attend_gradient.c for results of up to DV numbers. Weights are computed again from scores and the facts of rows. dq
 * walks over the keys of 64 rows, and leaves its part of several sections in A; dk and dv walk over the rows that see 64 keys, one head after the
 * other of those that read the key head, so that every sum has one owner and one order.
 */
#define RV (VC / 16)

KERNEL(256, DQ_NAME)
(GRADIENT_INPUTS, GLOBAL T* RESTRICT dq, GLOBAL A* RESTRICT work, SECTION_INPUTS) {
  GRADIENT_SHARED;
  int tiles = (p.queries + GM - 1) / GM;
  int tile = tiles - 1 - BLOCK_X % tiles, bh = BLOCK_X / tiles, b = bh / p.heads, head = bh % p.heads;
  i64 at_k = ((i64)b * p.key_heads + key_head(&p, &in, head)) * p.keys;
  ROW_SETUP(tile, head);
  int from = p.keys, to = 0;
  for (int r = 0; r < GM; r++)
    if (rows[r].to > rows[r].from) {
      from = min(from, rows[r].from);
      to = max(to, rows[r].to);
    }
  A acc[RM][DV / 16];
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int x = 0; x < DV / 16; x++) acc[i][x] = 0;
  for (int j0 = from; j0 < to; j0 += GN) {
    A s[RM][RN], dp[RM][RN];
    SCORES;
    VALUES;
    PAIRS(dot_slope(&p, &in, &num, r, key, dot, score, g, x));
    UNROLL for (int part = 0; part < DV / VC; part++) {
      BARRIER();
      for (int e = THREAD; e < GN * VC; e += 256) {
        int j = j0 + e / VC, c = part * VC + e % VC;
        pool[e / VC * (VC + 1) + e % VC] = c < p.depth && j < p.keys ? LOAD(k, (at_k + j) * p.depth + c) : C(0);
      }
      BARRIER();
      for (int j = 0; j < GN; j++) {
        A left[RM], right[RV];
        UNROLL for (int i = 0; i < RM; i++) left[i] = weights[ty * RM + i][j];
        UNROLL for (int x = 0; x < RV; x++) right[x] = pool[j * (VC + 1) + tx + 16 * x];
        UNROLL for (int i = 0; i < RM; i++) UNROLL for (int x = 0; x < RV; x++) acc[i][part * RV + x] += left[i] * right[x];
      }
    }
    BARRIER();
  }
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int x = 0; x < DV / 16; x++) {
    int n = tile * GM + ty * RM + i, c = x / RV * VC + tx + 16 * (x % RV);
    i64 to = (((i64)b * p.heads + head) * p.queries + n) * p.depth + c;
    if (n < p.queries && c < p.depth) {
      if (p.parts > 1) work[(i64)p.part * p.batch * p.heads * p.queries * p.depth + to] = acc[i][x];
      else STORE(dq, to, acc[i][x]);
    }
  }
}

/* The rows that see some of keys j0.., as tiles low[0]..high[0]; windows and lengths are the same for all heads. */
#define SEEING_TILES                                                                                              \
  int first = p.queries, last = -1;                                                                               \
  for (int i = THREAD; i < p.queries; i += 256) {                                                                 \
    Row r = row_of(&p, &in, b, 0, i);                                                                             \
    if (r.from < j0 + GN && r.to > j0 && r.to > r.from) {                                                         \
      first = min(first, i);                                                                                      \
      last = i;                                                                                                   \
    }                                                                                                             \
  }                                                                                                               \
  low[THREAD] = first;                                                                                            \
  high[THREAD] = last;                                                                                            \
  BARRIER();                                                                                                      \
  for (int i = 0; i < 256; i++) {                                                                                 \
    first = min(first, low[i]);                                                                                   \
    last = max(last, high[i]);                                                                                    \
  }                                                                                                               \
  int tile_from = first / GM, tile_count = last < 0 ? 0 : last / GM - tile_from + 1

/* acc[key][c] += sum over rows of weights[row][key] WIDE(row, c) */
#define GATHER(width, WIDE)                                                                                       \
  UNROLL for (int part = 0; part < DV / VC; part++) {                                                             \
    BARRIER();                                                                                                    \
    for (int e = THREAD; e < GM * VC; e += 256) {                                                                 \
      int r = e / VC, c = part * VC + e % VC;                                                                     \
      pool[r * (VC + 1) + e % VC] = c < width && rows[r].to > rows[r].from ? WIDE : C(0);                         \
    }                                                                                                             \
    BARRIER();                                                                                                    \
    for (int r = 0; r < GM; r++) {                                                                                \
      A left[RN], right[RV];                                                                                      \
      UNROLL for (int j = 0; j < RN; j++) left[j] = weights[r][ty * RN + j];                                      \
      UNROLL for (int x = 0; x < RV; x++) right[x] = pool[r * (VC + 1) + tx + 16 * x];                            \
      UNROLL for (int j = 0; j < RN; j++) UNROLL for (int x = 0; x < RV; x++) acc[j][part * RV + x] += left[j] * right[x]; \
    }                                                                                                             \
  }                                                                                                               \
  BARRIER()

#define KEYS_BEGIN                                                                                                \
  GRADIENT_SHARED;                                                                                                \
  SHARED int low[256], high[256];                                                                                 \
  int key_tiles = (p.keys + GN - 1) / GN, bh = BLOCK_X / key_tiles, b = bh / p.key_heads, kv = bh % p.key_heads;  \
  int j0 = BLOCK_X % key_tiles * GN, group = p.explicit_heads ? p.heads : p.heads / p.key_heads;                  \
  int head0 = p.explicit_heads ? 0 : kv * group;                                                                  \
  i64 at_k = ((i64)b * p.key_heads + kv) * p.keys;                                                                \
  SEEING_TILES;                                                                                                   \
  A acc[RN][DV / 16];                                                                                             \
  UNROLL for (int j = 0; j < RN; j++) UNROLL for (int x = 0; x < DV / 16; x++) acc[j][x] = 0

#define KEYS_STORE(to, width)                                                                                     \
  UNROLL for (int j = 0; j < RN; j++) UNROLL for (int x = 0; x < DV / 16; x++) {                                  \
    int key = j0 + ty * RN + j, c = x / RV * VC + tx + 16 * (x % RV);                                             \
    if (key < p.keys && c < width) STORE(to, (at_k + key) * width + c, acc[j][x]);                                \
  }

KERNEL(256, DK_NAME)
(GRADIENT_INPUTS, GLOBAL T* RESTRICT dk, SECTION_INPUTS) {
  KEYS_BEGIN;
  for (int n = 0; n < group * tile_count; n++) {
    if (key_head(&p, &in, head0 + n / tile_count) != kv) continue;
    ROW_SETUP(tile_from + n % tile_count, head0 + n / tile_count);
    A s[RM][RN], dp[RM][RN];
    SCORES;
    VALUES;
    PAIRS(dot_slope(&p, &in, &num, r, key, dot, score, g, x));
    GATHER(p.depth, LOAD(q, row_at[r] * p.depth + c));
  }
  KEYS_STORE(dk, p.depth);
}

KERNEL(256, DV_NAME)
(GRADIENT_INPUTS, GLOBAL T* RESTRICT dv, SECTION_INPUTS) {
  KEYS_BEGIN;
  for (int n = 0; n < group * tile_count; n++) {
    if (key_head(&p, &in, head0 + n / tile_count) != kv) continue;
    ROW_SETUP(tile_from + n % tile_count, head0 + n / tile_count);
    A s[RM][RN], dp[RM][RN];
    UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) dp[i][j] = 0;
    SCORES;
    PAIRS(kept(&p, &in, &num, r, key, weight_of(&p, &in, &num, r.h, score, x) * factor(&p, &in, -1, r, key)));
    GATHER(p.depth_v, LOAD(d_o, row_at[r] * p.depth_v + c));
  }
  KEYS_STORE(dv, p.depth_v);
}

#undef RV
#undef SEEING_TILES
#undef GATHER
#undef KEYS_BEGIN
#undef KEYS_STORE
