/*
 * What the kernels of attention's gradients share: tiles of GM rows and GN keys, of which a thread has RM x RN, and their products q . k and
 * dO . v in registers.
 */
#ifdef ZOO_F64
#define GM 32
#else
#define GM 64
#endif
#define GN GM
#define RM (GM / 16)
#define RN (GN / 16)
#define POOL (GM * (VC + 1) > 2 * GM * (DC + 1) ? GM * (VC + 1) : 2 * GM * (DC + 1))

#define GRADIENT_INPUTS                                                                                                \
  GLOBAL const T *RESTRICT q, GLOBAL const T *RESTRICT k, GLOBAL const T *RESTRICT v, GLOBAL const T *RESTRICT d_o,    \
      GLOBAL const A *RESTRICT facts, GLOBAL const A *RESTRICT backward

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

/*
 * Puts PAIR of every visible pair into shared memory, 0 of the others: `key` and row `r` with facts `x`, the product `dot` and its score, and g,
 * the gradient to the weight before dropout. Each thread reads back its own products only: in registers they would be unrolled.
 */
#define PAIRS(PAIR)                                                                                               \
  BARRIER();                                                                                                      \
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) {                                       \
    weights[ty * RM + i][tx + 16 * j] = s[i][j];                                                                  \
    pool[(ty * RM + i) * GN + tx + 16 * j] = dp[i][j];                                                            \
  }                                                                                                               \
  for (int e = 0; e < RM * RN; e++) {                                                                             \
    int own = ty * RM + e / RN, to = tx + 16 * (e % RN), key = j0 + to;                                           \
    A dot = weights[own][to], g = pool[own * GN + to], made = 0;                                                  \
    Row r = rows[own];                                                                                            \
    Facts x = row_facts[own];                                                                                     \
    A score = key < p.keys ? edited(&p, &in, &num, r, key, dot) : -INF;                                           \
    if (score != -INF) {                                                                                          \
      g = kept(&p, &in, &num, r, key, g) + cotangent(&p, &in, r, key);                                            \
      made = PAIR;                                                                                                \
    }                                                                                                             \
    weights[own][to] = made;                                                                                      \
  }

/* The gradient to the product q . k. */
DEVICE A dot_slope(const Section* p, const Inputs* in, const Numbers* num, Row r, int j, A dot, A score, A g, Facts x) {
  A slope = num->scale;
  if (num->softcap > 0) {
    A t = tanh(dot * num->scale / num->softcap);
    slope *= C(1) - t * t;
  }
  return slope * slope_of(p, in, num, r.h, score, g * factor(p, in, -1, r, j), x);
}

#define ROW_SETUP(tile, head)                                                                                     \
  if (THREAD < GM) {                                                                                              \
    int query = (tile) * GM + THREAD, own = query < p.queries;                                                    \
    Row r = row_of(&p, &in, b, head, own ? query : 0);                                                            \
    if (!own) r.from = r.to = 0;                                                                                  \
    rows[THREAD] = r;                                                                                             \
    row_at[THREAD] = ((i64)b * p.heads + (head)) * p.queries + r.i;                                               \
    row_facts[THREAD] = facts_of(&p, facts, backward, row_at[THREAD]);                                            \
  }                                                                                                               \
  BARRIER()

#define GRADIENT_SHARED                                  \
  SHARED A pool[POOL];                                   \
  SHARED A weights[GM][GN + 1];                          \
  SHARED Facts row_facts[GM];                            \
  SHARED i64 row_at[GM];                                 \
  SHARED Row rows[GM];                                   \
  SECTION_BEGIN;                                         \
  int tx = THREAD % 16, ty = THREAD / 16
