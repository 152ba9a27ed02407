/*
 * The three kernels of attend_gradient.c for results of up to DV numbers. Weights are computed again from scores and lse: p = exp(s - lse),
 * ds = p (dO . v - delta) with delta = sum(dO o) - dlse. dq walks over the keys of 64 rows; dk and dv walk over the rows that see 64 keys,
 * one head of the group after the other, so that every sum has one owner and one order.
 */
#define RV (VC / 16)

/* s[i][j] = the product of rows left(r, c) and keys right(j, c) over `width` numbers. */
#define PRODUCT(s, width, LEFT, RIGHT)                                                                            \
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) s[i][j] = 0;                            \
  for (int c0 = 0; c0 < width; c0 += DC) {                                                                        \
    BARRIER();                                                                                                    \
    for (int e = THREAD; e < GM * DC; e += 256) {                                                                 \
      int r = e / DC, c = c0 + e % DC;                                                                            \
      pool[r * (DC + 1) + e % DC] = c < width && rows[r].to > rows[r].from ? LEFT : C(0);                         \
    }                                                                                                             \
    for (int e = THREAD; e < GN * DC; e += 256) {                                                                 \
      int j = j0 + e / DC, c = c0 + e % DC;                                                                       \
      pool[GM * (DC + 1) + e / DC * (DC + 1) + e % DC] = c < width && j < p.keys ? RIGHT : C(0);                  \
    }                                                                                                             \
    BARRIER();                                                                                                    \
    _Pragma("unroll 4") for (int c = 0; c < DC; c++) {                                                            \
      A left[RM], right[RN];                                                                                      \
      UNROLL for (int i = 0; i < RM; i++) left[i] = pool[(ty * RM + i) * (DC + 1) + c];                           \
      UNROLL for (int j = 0; j < RN; j++) right[j] = pool[(GM + tx + 16 * j) * (DC + 1) + c];                     \
      UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) s[i][j] += left[i] * right[j];      \
    }                                                                                                             \
  }

#define SCORES PRODUCT(s, p.depth, LOAD(q, row_at[r] * p.depth + c), LOAD(k, (at_k + j) * p.depth + c))
#define VALUES PRODUCT(dp, p.depth_v, LOAD(d_o, row_at[r] * p.depth_v + c), LOAD(v, (at_k + j) * p.depth_v + c))

/* Turns the scores into weights, in shared memory. */
#define WEIGHTS                                                                                                   \
  UNROLL for (int i = 0; i < RM; i++)                                                                             \
    UNROLL for (int j = 0; j < RN; j++) weights[ty * RM + i][tx + 16 * j] = s[i][j];                              \
  for (int e = 0; e < RM * RN; e++) {                                                                             \
    SHARED_POINTER A* own = &weights[ty * RM + e / RN][tx + 16 * (e % RN)];                                       \
    int key = j0 + tx + 16 * (e % RN);                                                                            \
    A x = key < p.keys ? edited(&p, &in, &num, rows[ty * RM + e / RN], key, *own) : -INF;                         \
    *own = x == -INF ? C(0) : exp(x - row_lse[ty * RM + e / RN]);                                                 \
  }

/* Turns the weights into gradients of the products q . k. */
#define SLOPES                                                                                                    \
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) {                                       \
    A slope = num.scale;                                                                                          \
    if (num.softcap > 0) {                                                                                        \
      A t = tanh(s[i][j] * num.scale / num.softcap);                                                              \
      slope *= C(1) - t * t;                                                                                      \
    }                                                                                                             \
    weights[ty * RM + i][tx + 16 * j] *= (dp[i][j] - row_delta[ty * RM + i]) * slope;                             \
  }

#define ROW_SETUP(tile, head)                                                                                     \
  if (THREAD < GM) {                                                                                              \
    int query = (tile) * GM + THREAD, own = query < p.queries;                                                    \
    Row r = row_of(&p, &in, b, head, own ? query : 0);                                                            \
    if (!own) r.from = r.to = 0;                                                                                  \
    rows[THREAD] = r;                                                                                             \
    row_at[THREAD] = ((i64)b * p.heads + (head)) * p.queries + r.i;                                               \
    row_lse[THREAD] = lse[row_at[THREAD]];                                                                        \
    row_delta[THREAD] = delta[row_at[THREAD]];                                                                    \
  }                                                                                                               \
  BARRIER()

#define GRADIENT_SHARED                                  \
  SHARED A pool[POOL];                                   \
  SHARED A weights[GM][GN + 1];                          \
  SHARED A row_lse[GM], row_delta[GM];                   \
  SHARED i64 row_at[GM];                                 \
  SHARED Row rows[GM];                                   \
  SHARED int low[256], high[256];                        \
  SECTION_BEGIN;                                         \
  int tx = THREAD % 16, ty = THREAD / 16

KERNEL(256, DQ_NAME)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT lse,
 GLOBAL const A* RESTRICT delta, GLOBAL T* RESTRICT dq, SECTION_INPUTS) {
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
    WEIGHTS;
    SLOPES;
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
    if (n < p.queries && c < p.depth) STORE(dq, (((i64)b * p.heads + head) * p.queries + n) * p.depth + c, acc[i][x]);
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
  int key_tiles = (p.keys + GN - 1) / GN, bh = BLOCK_X / key_tiles, b = bh / p.key_heads, kv = bh % p.key_heads;  \
  int j0 = BLOCK_X % key_tiles * GN, group = p.heads / p.key_heads;                                               \
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
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT lse,
 GLOBAL const A* RESTRICT delta, GLOBAL T* RESTRICT dk, SECTION_INPUTS) {
  KEYS_BEGIN;
  for (int n = 0; n < group * tile_count; n++) {
    ROW_SETUP(tile_from + n % tile_count, kv * group + n / tile_count);
    A s[RM][RN], dp[RM][RN];
    SCORES;
    VALUES;
    WEIGHTS;
    SLOPES;
    GATHER(p.depth, LOAD(q, row_at[r] * p.depth + c));
  }
  KEYS_STORE(dk, p.depth);
}

KERNEL(256, DV_NAME)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL const T* RESTRICT d_o, GLOBAL const A* RESTRICT lse,
 GLOBAL const A* RESTRICT delta, GLOBAL T* RESTRICT dv, SECTION_INPUTS) {
  KEYS_BEGIN;
  for (int n = 0; n < group * tile_count; n++) {
    ROW_SETUP(tile_from + n % tile_count, kv * group + n / tile_count);
    A s[RM][RN];
    SCORES;
    WEIGHTS;
    GATHER(p.depth_v, LOAD(d_o, row_at[r] * p.depth_v + c));
  }
  KEYS_STORE(dv, p.depth_v);
}

#undef RV
#undef PRODUCT
#undef SCORES
#undef VALUES
#undef WEIGHTS
#undef SLOPES
#undef ROW_SETUP
#undef GRADIENT_SHARED
#undef SEEING_TILES
#undef GATHER
#undef KEYS_BEGIN
#undef KEYS_STORE
