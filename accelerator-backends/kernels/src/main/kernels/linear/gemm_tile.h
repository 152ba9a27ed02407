/*
 * One kernel of gemm.c: blocks of 256 threads own MT x NT elements of C, a thread RM x RN of them, and walk K in steps of KT. The next
 * step's operands are on their way from memory while this step multiplies.
 */
KERNEL(256, GEMM_NAME)
(GLOBAL const T* RESTRICT a, GLOBAL const T* RESTRICT b, GLOBAL T* RESTRICT c, GLOBAL A* RESTRICT work, GLOBAL const T* RESTRICT bias,
 Product p, Walk batches) {
  SHARED A as[KT][MT + 4] __attribute__((aligned(16)));
  SHARED A bs[KT][NT + 4] __attribute__((aligned(16)));
  A acc[RM][RN];
  A next_a[MT * KT / 256], next_b[NT * KT / 256];
  int tiles_n = (p.n + NT - 1) / NT, tiles_m = (p.m + MT - 1) / MT;
  int tile = BLOCK_X % (tiles_n * tiles_m), rest = BLOCK_X / (tiles_n * tiles_m);
  int split = rest % p.splits, batch = rest / p.splits;
  int row0 = tile / tiles_n * MT, col0 = tile % tiles_n * NT;
  int k_to = min(p.k, (split + 1) * p.k_split);
  i64 at_a, at_b, unused;
  walk(batches, batch, &at_a, &at_b, &unused);
  int tx = THREAD % (NT / RN), ty = THREAD / (NT / RN);

  UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) acc[i][j] = 0;
  for (int k0 = split * p.k_split - KT; k0 < k_to; k0 += KT) {
    int k1 = k0 + KT;
    UNROLL for (int e = 0; e < MT * KT / 256; e++) {
      int at = THREAD + 256 * e;
      int r = row0 + (p.a_k == 1 ? at / KT : at % MT), k = k1 + (p.a_k == 1 ? at % KT : at / MT);
      next_a[e] = r < p.m && k < k_to ? LOAD(a, at_a + (i64)r * p.a_m + (i64)k * p.a_k) : C(0);
    }
    UNROLL for (int e = 0; e < NT * KT / 256; e++) {
      int at = THREAD + 256 * e;
      int n = col0 + (p.b_k == 1 ? at / KT : at % NT), k = k1 + (p.b_k == 1 ? at % KT : at / NT);
      next_b[e] = n < p.n && k < k_to ? LOAD(b, at_b + (i64)k * p.b_k + (i64)n * p.b_n) : C(0);
    }
    if (k0 >= split * p.k_split) {
      UNROLL for (int k = 0; k < KT; k++) {
        A left[RM], right[RN];
        UNROLL for (int i = 0; i < RM; i++) left[i] = as[k][i / 4 * 64 + ty * 4 + i % 4];
        UNROLL for (int j = 0; j < RN; j++) right[j] = bs[k][j / 4 * 64 + tx * 4 + j % 4];
        UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) acc[i][j] += left[i] * right[j];
      }
    }
    BARRIER();
    UNROLL for (int e = 0; e < MT * KT / 256; e++) {
      int at = THREAD + 256 * e;
      as[p.a_k == 1 ? at % KT : at / MT][p.a_k == 1 ? at / KT : at % MT] = next_a[e];
    }
    UNROLL for (int e = 0; e < NT * KT / 256; e++) {
      int at = THREAD + 256 * e;
      bs[p.b_k == 1 ? at % KT : at / NT][p.b_k == 1 ? at / KT : at % NT] = next_b[e];
    }
    BARRIER();
  }
  i64 at_c = (i64)batch * p.m * p.n;
  UNROLL for (int i = 0; i < RM; i++) {
    int r = row0 + i / 4 * 64 + ty * 4 + i % 4;
    UNROLL for (int j = 0; j < RN; j++) {
      int n = col0 + j / 4 * 64 + tx * 4 + j % 4;
      if (r < p.m && n < p.n) {
        if (p.splits > 1) work[(i64)split * p.results + at_c + (i64)r * p.n + n] = acc[i][j];
        else STORE(c, at_c + (i64)r * p.c_m + (i64)n * p.c_n, finish(acc[i][j], bias, r, n, p));
      }
    }
  }
}
