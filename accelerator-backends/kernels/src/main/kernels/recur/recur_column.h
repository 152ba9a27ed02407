/*
 * One run of a matrix-state recurrence, included once for each number of rows that a state's column may have. A thread owns column j of
 * S [dk, dv]: every sum over rows is its own, so threads meet only to load the tokens' q and k.
 *
 *   kept = gate(S_{t-1}),  u_t = gain v_t  or  beta_t (v_t - k_t^T kept),  S_t = kept + k_t u_t^T,
 *   o_t = scale q_t^T (S_t, kept or S_{t-1})
 *
 * RECUR_NAME  the kernel's name
 * RECUR_ROWS  rows held, dk is at most that
 */

/* More rows than registers hold lie in the thread's own memory, where unrolling gains nothing. */
#if RECUR_ROWS > 128
#define EACH_ROW _Pragma("unroll 8")
#else
#define EACH_ROW UNROLL
#endif

KERNEL(RECUR_COLUMNS, RECUR_NAME)
(GLOBAL const T* q, GLOBAL const T* k, GLOBAL const T* v, GLOBAL const A* decay, GLOBAL const A* beta, GLOBAL const A* before,
 GLOBAL const i64* bounds, GLOBAL T* o, GLOBAL A* after, A scale, A gain, Recur s) {
  A column[RECUR_ROWS];
  SHARED A qs[RECUR_TOKENS][RECUR_ROWS];
  SHARED A ks[RECUR_TOKENS][RECUR_ROWS];
  SHARED A as[RECUR_TOKENS][RECUR_ROWS];

  int j = BLOCK_X * RECUR_COLUMNS + THREAD, segment = BLOCK_Y;
  int sample = BLOCK_Z / s.heads, h = BLOCK_Z - sample * s.heads;
  int mine = j < s.dv;
  i64 first = s.packed ? bounds[sample] : 0;
  int length = s.packed ? (int)(bounds[sample + 1] - first) : s.tokens;
  i64 batch = s.packed ? 0 : sample;
  i64 key_row = (batch * s.key_heads + (i64)h * s.key_heads / s.heads) * s.tokens;
  i64 value_row = (batch * s.value_heads + (i64)h * s.value_heads / s.heads) * s.tokens;
  i64 row = (batch * s.heads + h) * s.tokens;
  int from = min(segment * s.segment, length), to = min(from + s.segment, length);
  i64 state = (((i64)sample * s.heads + h) * s.segments + segment) * s.dk * s.dv;

  EACH_ROW
  for (int i = 0; i < RECUR_ROWS; i++) column[i] = start(before, state, s, i, j);

  for (int base = from; base < to; base += RECUR_TOKENS) {
    int tokens = min(RECUR_TOKENS, to - base);
    BARRIER();
    for (int e = THREAD; e < RECUR_TOKENS * RECUR_ROWS; e += RECUR_COLUMNS) {
      int t = e / RECUR_ROWS, i = e - t * RECUR_ROWS;
      int there = t < tokens && i < s.dk;
      i64 at = there ? first + (s.reverse ? length - 1 - base - t : base + t) : 0;
      qs[t][i] = there && s.writes == WRITES_READ ? LOAD(q, (key_row + at) * s.dk + i) : C(0);
      ks[t][i] = there ? LOAD(k, (key_row + at) * s.dk + i) : C(0);
      as[t][i] = there && s.gate == GATE_KEY ? key_decay(decay, row + first, base + t, length, i, s) : C(1);
    }
    BARRIER();
    for (int n = 0; n < tokens; n++) {
      i64 at = first + (s.reverse ? length - 1 - base - n : base + n);
      A u = mine && s.values ? gain * LOAD(v, (value_row + at) * s.dv + j) : C(0);
      A a = column_decay(decay, row + first, base + n, length, h, j, s);
      A read = C(0), kept_read = C(0);
      if (s.read == READ_BEFORE) {
        EACH_ROW
        for (int i = 0; i < RECUR_ROWS; i++) read += qs[n][i] * column[i];
      }
      if (s.gate == GATE_DELTA || s.gate == GATE_DELTA_DECAY) {
        A seen = C(0);
        EACH_ROW
        for (int i = 0; i < RECUR_ROWS; i++) {
          column[i] *= a;
          seen += ks[n][i] * column[i];
        }
        u = u - seen;
        if (mine && s.writes == WRITES_ERROR) STORE(o, (row + at) * s.dv + j, u);
        u = beta[row + at] * u;
        a = C(1);
      }
      if (s.read == READ_KEPT || s.read == READ_HALF) {
        EACH_ROW
        for (int i = 0; i < RECUR_ROWS; i++) kept_read += qs[n][i] * (a * as[n][i] * column[i]);
      }
      EACH_ROW
      for (int i = 0; i < RECUR_ROWS; i++) {
        A next = a * as[n][i] * column[i] + ks[n][i] * u;
        column[i] = next;
        if (s.read == READ_AFTER || s.read == READ_HALF) read += qs[n][i] * next;
      }
      if (s.read == READ_KEPT) read = kept_read;
      if (s.read == READ_HALF) read = C(0.5) * (read + kept_read);
      if (mine && s.writes == WRITES_READ) STORE(o, (row + at) * s.dv + j, scale * read);
    }
  }
  if (mine && s.keeps) {
    int closes = s.lagged && to == length && from < to;
    A a = closes ? column_decay(decay, row + first, length, length, h, j, s) : C(1);
    EACH_ROW
    for (int i = 0; i < RECUR_ROWS; i++) {
      A b = closes && s.gate == GATE_KEY && i < s.dk ? key_decay(decay, row + first, length, length, i, s) : C(1);
      if (i < s.dk) after[state_at(state, i, j, s)] = a * b * column[i];
    }
  }
}

#undef RECUR_NAME
#undef RECUR_ROWS
#undef EACH_ROW
