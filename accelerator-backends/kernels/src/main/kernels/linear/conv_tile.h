/*
 * One kernel of conv.c: a convolution as a product whose right side is gathered from the image, in tiles of 64 x 64 results and steps of 16.
 * LEFT(m, k) and the gathered RIGHT are what the kernel says; results go to RESULT(m, n), or to parts of `work` that are joined in order.
 */
KERNEL(256, CONV_NAME)
(GLOBAL const T* RESTRICT left, GLOBAL const T* RESTRICT right, GLOBAL T* RESTRICT out, GLOBAL A* RESTRICT work, Conv g) {
  SHARED A as[16][68] __attribute__((aligned(16)));
  SHARED A bs[16][68] __attribute__((aligned(16)));
  int cg = g.channels / g.groups, og = g.outputs / g.groups;
  int xs = volume(g.x), ws = volume(g.w), ys = volume(g.y);
  int m_size = CONV_M, n_size = CONV_N, k_size = CONV_K;
  int tiles_n = (n_size + 63) / 64, tiles_m = (m_size + 63) / 64;
  int tile = BLOCK_X % (tiles_n * tiles_m), rest = BLOCK_X / (tiles_n * tiles_m);
  int split = rest % g.splits, group = rest / g.splits;
  int row0 = tile / tiles_n * 64, col0 = tile % tiles_n * 64;
  int k_to = min(k_size, (split + 1) * g.k_split);
  int tx = THREAD % 16, ty = THREAD / 16;
  /* This thread always gathers for one column. */
  int n = col0 + THREAD % 64;
  int own = n < n_size ? n : 0;
  CONV_COLUMN;

  A acc[4][4];
  UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) acc[i][j] = 0;
  for (int k0 = split * g.k_split; k0 < k_to; k0 += 16) {
    for (int e = 0; e < 4; e++) {
      int at = THREAD + 256 * e;
      int m = row0 + at / 16, k = k0 + at % 16;
      as[at % 16][at / 16] = m < m_size && k < k_to ? CONV_LEFT : C(0);
      k = k0 + at / 64;
      A value = 0;
      if (n < n_size && k < k_to) {
        CONV_RIGHT;
      }
      bs[at / 64][THREAD % 64] = value;
    }
    BARRIER();
    _Pragma("unroll 4") for (int k = 0; k < 16; k++) {
      A a[4], b[4];
      UNROLL for (int i = 0; i < 4; i++) a[i] = as[k][ty * 4 + i];
      UNROLL for (int j = 0; j < 4; j++) b[j] = bs[k][tx * 4 + j];
      UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) acc[i][j] += a[i] * b[j];
    }
    BARRIER();
  }
  UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) {
    int m = row0 + ty * 4 + i, c = col0 + tx * 4 + j;
    if (m < m_size && c < n_size) {
      i64 to = CONV_RESULT;
      if (g.splits > 1) work[(i64)split * m_size * g.groups * n_size + to] = acc[i][j];
      else STORE(out, to, acc[i][j]);
    }
  }
}
