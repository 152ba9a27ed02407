/*
 * The adjoint of one segment of the delta rule, by columns and by rows of the state; included once for each number of elements that a
 * thread may hold.
 *
 * DELTA_COLUMNS, DELTA_ROWS  the kernels' names
 * DELTA_HELD                 elements held: dk is at most that by columns, dv by rows
 */

#if DELTA_HELD > 128
#define EACH_ELEMENT _Pragma("unroll 8")
#else
#define EACH_ELEMENT UNROLL
#endif

/* A thread owns column j of D. Writes du and dv, or what the segment hands on. */
KERNEL(RECUR_COLUMNS, DELTA_COLUMNS)
(GLOBAL const T* q, GLOBAL const T* k, GLOBAL const T* d_o, GLOBAL const A* decay, GLOBAL const A* beta, GLOBAL const A* behind,
 GLOBAL const i64* bounds, GLOBAL T* du, GLOBAL T* d_v, GLOBAL A* ends, A scale, Recur s) {
  A column[DELTA_HELD];
  SHARED A qs[RECUR_TOKENS][DELTA_HELD];
  SHARED A ks[RECUR_TOKENS][DELTA_HELD];

  int j = BLOCK_X * RECUR_COLUMNS + THREAD, segment = BLOCK_Y;
  int sample = BLOCK_Z / s.heads, h = BLOCK_Z - sample * s.heads, mine = j < s.dv;
  i64 first = s.packed ? bounds[sample] : 0, batch = s.packed ? 0 : sample;
  int length = s.packed ? (int)(bounds[sample + 1] - first) : s.tokens;
  i64 key_row = (batch * s.key_heads + (i64)h * s.key_heads / s.heads) * s.tokens, row = (batch * s.heads + h) * s.tokens;
  int from = min(segment * s.segment, length), to = min(from + s.segment, length);
  i64 state = (((i64)sample * s.heads + h) * s.segments + segment) * s.dk * s.dv;
  Reads reads = reads_of(s);

  EACH_ELEMENT
  for (int i = 0; i < DELTA_HELD; i++) column[i] = start(behind, state, s, i, j);

  for (int base = to; base > from; base -= RECUR_TOKENS) {
    int tokens = min(RECUR_TOKENS, base - from);
    BARRIER();
    for (int e = THREAD; e < RECUR_TOKENS * DELTA_HELD; e += RECUR_COLUMNS) {
      int t = e / DELTA_HELD, i = e - t * DELTA_HELD, n = base - 1 - t;
      int there = t < tokens && i < s.dk;
      i64 at = (key_row + first + (s.reverse ? length - 1 - n : n)) * s.dk + i;
      qs[t][i] = there ? LOAD(q, at) : C(0);
      ks[t][i] = there ? LOAD(k, at) : C(0);
    }
    BARRIER();
    for (int t = 0; t < tokens; t++) {
      int n = base - 1 - t;
      i64 at = row + first + (s.reverse ? length - 1 - n : n);
      A d = mine ? scale * LOAD(d_o, at * s.dv + j) : C(0), seen = C(0);
      EACH_ELEMENT
      for (int i = 0; i < DELTA_HELD; i++) {
        column[i] += reads.pre * d * qs[t][i];
        seen += ks[t][i] * column[i];
      }
      A b = beta[at] * seen, a = kept_share(decay, at, s);
      A mid = a * reads.mid * d + reads.post * d;
      /* Without it the compiler keeps q and k of this token in registers that the column needs. */
      BARRIER();
      EACH_ELEMENT
      for (int i = 0; i < DELTA_HELD; i++) column[i] = a * (column[i] - b * ks[t][i]) + mid * qs[t][i];
      if (mine && s.writes) {
        STORE(du, at * s.dv + j, seen);
        STORE(d_v, at * s.dv + j, b);
      }
    }
  }
  if (mine && s.keeps) {
    EACH_ELEMENT
    for (int i = 0; i < DELTA_HELD; i++) {
      if (i < s.dk) ends[state_at(state, i, j, s)] = column[i];
    }
  }
}

/* A thread owns row i of D, u and dv are given: dk += D u. */
KERNEL(RECUR_COLUMNS, DELTA_ROWS)
(GLOBAL const T* q, GLOBAL const T* k, GLOBAL const T* d_o, GLOBAL const T* d_v, GLOBAL const T* u, GLOBAL const A* decay,
 GLOBAL const A* behind, GLOBAL const i64* bounds, GLOBAL T* d_k, A scale, Recur s) {
  A held[DELTA_HELD];
  SHARED A os[RECUR_TOKENS][DELTA_HELD];
  SHARED A vs[RECUR_TOKENS][DELTA_HELD];
  SHARED A us[RECUR_TOKENS][DELTA_HELD];

  int i = BLOCK_X * RECUR_COLUMNS + THREAD, segment = BLOCK_Y;
  int sample = BLOCK_Z / s.heads, h = BLOCK_Z - sample * s.heads, mine = i < s.dk;
  i64 first = s.packed ? bounds[sample] : 0, batch = s.packed ? 0 : sample;
  int length = s.packed ? (int)(bounds[sample + 1] - first) : s.tokens;
  i64 key_row = (batch * s.key_heads + (i64)h * s.key_heads / s.heads) * s.tokens, row = (batch * s.heads + h) * s.tokens;
  int from = min(segment * s.segment, length), to = min(from + s.segment, length);
  i64 state = (((i64)sample * s.heads + h) * s.segments + segment) * s.dk * s.dv;
  Reads reads = reads_of(s);

  EACH_ELEMENT
  for (int j = 0; j < DELTA_HELD; j++) held[j] = start(behind, state, s, i, j);

  for (int base = to; base > from; base -= RECUR_TOKENS) {
    int tokens = min(RECUR_TOKENS, base - from);
    BARRIER();
    for (int e = THREAD; e < RECUR_TOKENS * DELTA_HELD; e += RECUR_COLUMNS) {
      int t = e / DELTA_HELD, j = e - t * DELTA_HELD, n = base - 1 - t;
      int there = t < tokens && j < s.dv;
      i64 at = (row + first + (s.reverse ? length - 1 - n : n)) * s.dv + j;
      os[t][j] = there ? scale * LOAD(d_o, at) : C(0);
      vs[t][j] = there ? LOAD(d_v, at) : C(0);
      us[t][j] = there ? LOAD(u, at) : C(0);
    }
    BARRIER();
    for (int t = 0; t < tokens; t++) {
      int n = base - 1 - t;
      i64 place = first + (s.reverse ? length - 1 - n : n), at = (key_row + place) * s.dk + i;
      A x = mine ? LOAD(q, at) : C(0), y = mine ? LOAD(k, at) : C(0), a = kept_share(decay, row + place, s), sum = C(0);
      A pre = reads.pre * x, mid = a * reads.mid * x + reads.post * x;
      EACH_ELEMENT
      for (int j = 0; j < DELTA_HELD; j++) {
        held[j] += pre * os[t][j];
        sum += held[j] * us[t][j];
        held[j] = a * (held[j] - y * vs[t][j]) + mid * os[t][j];
      }
      if (mine) {
        i64 to_k = (row + place) * s.dk + i;
        STORE(d_k, to_k, LOAD(d_k, to_k) + sum);
      }
    }
  }
}
#undef DELTA_COLUMNS
#undef DELTA_ROWS
#undef DELTA_HELD
#undef EACH_ELEMENT
