/*
 * One kernel of attend.c: 256 threads, TY x TX, own BM rows and walk over tiles of BN keys with a running maximum and sum of each row. A
 * thread holds scores of RM = BM / TY rows and BN / TX keys, and RM x DV / TX numbers of the result.
 */
#define RM (BM / TY)
#define RN (BN / TX)
#define RV (VC / TX)
#define MATES (256 / BM)
#define POOL (BM * (DC + 1) + BN * (DC + 1) > BN * (VC + 1) ? BM * (DC + 1) + BN * (DC + 1) : BN * (VC + 1))

KERNEL(256, ATTEND_NAME)
(GLOBAL const T* RESTRICT q, GLOBAL const T* RESTRICT k, GLOBAL const T* RESTRICT v, GLOBAL T* RESTRICT o, GLOBAL A* RESTRICT lse,
 GLOBAL A* RESTRICT work_o, GLOBAL A* RESTRICT work_lse, SECTION_INPUTS) {
  SHARED A pool[POOL];
  SHARED A weights[BM][BN + 1];
  SHARED A all[256], top[BM], sum[BM], shrink[BM];
  SHARED Row rows[BM];
  SHARED int range[2], seen[2];
  SECTION_BEGIN;
  SHARED_POINTER A* qs = pool;
  SHARED_POINTER A* ks = pool + BM * (DC + 1);
  int row_count = p.pack * p.queries, tiles = (row_count + BM - 1) / BM, heads = p.heads / p.pack;
  /* The last rows of a causal attention have most to do: they begin. */
  int tile = tiles - 1 - BLOCK_X % tiles, rest = BLOCK_X / tiles;
  int split = rest % p.splits, bh = rest / p.splits, b = bh / heads, head = bh % heads * p.pack;
  int tx = THREAD % TX, ty = THREAD / TX;
  int kv = key_head(&p, &in, head);
  i64 at_k = ((i64)b * p.key_heads + kv) * p.keys;

  if (THREAD < BM) {
    int n = tile * BM + THREAD, own = n < row_count;
    n = own ? n : 0;
    Row r = row_of(&p, &in, b, head + n / p.queries, n % p.queries);
    if (!own) {
      r.from = 0;
      r.to = 0;
    }
    rows[THREAD] = r;
    top[THREAD] = -INF;
    sum[THREAD] = 0;
  }
  BARRIER();
  if (THREAD == 0) {
    int low = p.keys, high = 0;
    for (int r = 0; r < BM; r++)
      if (rows[r].to > rows[r].from) {
        low = min(low, rows[r].from);
        high = max(high, rows[r].to);
      }
    int run = ((high - low + p.splits - 1) / p.splits + BN - 1) / BN * BN;
    range[0] = low + split * run;
    range[1] = min(high, low + (split + 1) * run);
  }
  BARRIER();

  A acc[RM][DV / TX];
  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int x = 0; x < DV / TX; x++) acc[i][x] = 0;
  for (int j0 = range[0], n = 0; j0 < range[1]; j0 += BN, n ^= 1) {
    if (p.sparse) {
      if (THREAD == 0) seen[n] = 0;
      BARRIER();
      if (THREAD < BM && row_meets(&p, &in, rows[THREAD], j0, j0 + BN)) seen[n] = 1;
      BARRIER();
      if (!seen[n]) continue;
    }
    A s[RM][RN];
    UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) s[i][j] = 0;
    for (int c0 = 0; c0 < p.depth; c0 += DC) {
      BARRIER();
      for (int e = THREAD; e < BM * DC; e += 256) {
        int r = e / DC, c = c0 + e % DC;
        int in_row = c < p.depth && rows[r].to > rows[r].from;
        qs[r * (DC + 1) + e % DC] =
            in_row ? LOAD(q, (((i64)b * p.heads + rows[r].h) * p.queries + rows[r].i) * p.depth + c) : C(0);
      }
      for (int e = THREAD; e < BN * DC; e += 256) {
        int j = j0 + e / DC, c = c0 + e % DC;
        ks[e / DC * (DC + 1) + e % DC] = c < p.depth && j < range[1] ? LOAD(k, (at_k + j) * p.depth + c) : C(0);
      }
      BARRIER();
      _Pragma("unroll 4") for (int c = 0; c < DC; c++) {
        A left[RM], right[RN];
        UNROLL for (int i = 0; i < RM; i++) left[i] = qs[(ty * RM + i) * (DC + 1) + c];
        UNROLL for (int j = 0; j < RN; j++) right[j] = ks[(tx + TX * j) * (DC + 1) + c];
        UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) s[i][j] += left[i] * right[j];
      }
    }
    UNROLL for (int i = 0; i < RM; i++)
      UNROLL for (int j = 0; j < RN; j++) weights[ty * RM + i][tx + TX * j] = s[i][j];
    for (int e = 0; e < RM * RN; e++) {
      SHARED_POINTER A* own = &weights[ty * RM + e / RN][tx + TX * (e % RN)];
      Row r = rows[ty * RM + e / RN];
      int key = j0 + tx + TX * (e % RN);
      A edit = key < range[1] ? edited(&p, &in, &num, r, key, *own) : -INF;
      if (p.norm != SOFTMAX) {
        edit = weight_of(&p, &in, &num, r.h, edit, facts_of(&p, lse, lse, ((i64)b * p.heads + r.h) * p.queries + r.i));
        if (key < r.to) edit = kept(&p, &in, &num, r, key, edit * factor(&p, &in, -1, r, key));
      }
      *own = edit;
    }
    BARRIER();
    if (p.norm == SOFTMAX) {
      int r = THREAD / MATES, mate = THREAD % MATES;
      A high = -INF, total = 0;
      for (int c = mate; c < BN; c += MATES) high = weights[r][c] > high ? weights[r][c] : high;
      all[THREAD] = high;
      BARRIER();
      A old = top[r];
      high = old;
      for (int c = 0; c < MATES; c++) high = all[r * MATES + c] > high ? all[r * MATES + c] : high;
      Row row = rows[r];
      for (int c = mate; c < BN; c += MATES) {
        A e = weights[r][c];
        e = e == -INF ? C(0) : exp(e - high);
        total += e;
        if ((p.factors || p.drops) && e != 0) e = kept(&p, &in, &num, row, j0 + c, e * factor(&p, &in, -1, row, j0 + c));
        weights[r][c] = e;
      }
      BARRIER();
      all[THREAD] = total;
      if (mate == 0) {
        shrink[r] = old == -INF ? C(0) : exp(old - high);
        top[r] = high;
      }
      BARRIER();
      if (mate == 0) {
        total = 0;
        for (int c = 0; c < MATES; c++) total += all[r * MATES + c];
        sum[r] = sum[r] * shrink[r] + total;
      }
      UNROLL for (int i = 0; i < RM; i++) {
        A f = shrink[ty * RM + i];
        UNROLL for (int x = 0; x < DV / TX; x++) acc[i][x] *= f;
      }
    }
    UNROLL for (int part = 0; part < DV / VC; part++) {
      if (part * VC < p.depth_v) {
        BARRIER();
        for (int e = THREAD; e < BN * VC; e += 256) {
          int j = j0 + e / VC, c = part * VC + e % VC;
          pool[e / VC * (VC + 1) + e % VC] = c < p.depth_v && j < range[1] ? LOAD(v, (at_k + j) * p.depth_v + c) : C(0);
        }
        BARRIER();
        for (int j = 0; j < BN; j++) {
          A left[RM], right[RV];
          UNROLL for (int i = 0; i < RM; i++) left[i] = weights[ty * RM + i][j];
          UNROLL for (int x = 0; x < RV; x++) right[x] = pool[j * (VC + 1) + tx + TX * x];
          UNROLL for (int i = 0; i < RM; i++) UNROLL for (int x = 0; x < RV; x++) acc[i][part * RV + x] += left[i] * right[x];
        }
      }
    }
  }
  BARRIER();
  i64 part_rows = (i64)p.batch * p.heads * p.queries;
  UNROLL for (int i = 0; i < RM; i++) {
    int n = tile * BM + ty * RM + i;
    if (n < row_count) {
      Row r = rows[ty * RM + i];
      i64 to = ((i64)b * p.heads + r.h) * p.queries + r.i;
      A total = sum[ty * RM + i];
      A f = p.norm != SOFTMAX ? C(1) : total == 0 ? C(0) : C(1) / total;
      A l = total == 0 ? -INF : top[ty * RM + i] + log(total);
      UNROLL for (int x = 0; x < DV / TX; x++) {
        int c = x / RV * VC + tx + TX * (x % RV);
        if (c < p.depth_v) {
          if (p.parts > 1) work_o[((p.part + split) * part_rows + to) * p.depth_v + c] = acc[i][x] * f;
          else STORE(o, to * p.depth_v + c, acc[i][x] * f);
        }
      }
      if (tx == 0 && p.norm == SOFTMAX) {
        if (p.parts > 1) work_lse[(p.part + split) * part_rows + to] = l;
        else lse[to] = l;
      }
    }
  }
}
#undef RM
#undef RN
#undef RV
#undef MATES
#undef POOL
