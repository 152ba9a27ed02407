/*
 * The gradient inside one segment. A thread owns one state of one channel; a block has STATES of each of its channels and takes `sets` of
 * so many channels one after the other, all of one group, so that it can add up what B and C get from them.
 *
 * GRADIENT_NAME  the kernel's name
 * STATES         states of a channel, N is at most that
 * SEGMENT        tokens of a segment
 */
#define CHANNELS (GRADIENT_THREADS / STATES)
#define TILES (SEGMENT / TILE)

KERNEL(GRADIENT_THREADS, GRADIENT_NAME)
(GLOBAL const T* u, GLOBAL const T* delta, GLOBAL const A* a, GLOBAL const T* b, GLOBAL const T* c, GLOBAL const A* bias,
 GLOBAL const A* skip, GLOBAL const T* z, GLOBAL const i64* bounds, GLOBAL const A* starts, GLOBAL const A* carries, GLOBAL const T* dy,
 GLOBAL T* du, GLOBAL T* ddelta, GLOBAL T* dz, GLOBAL A* db, GLOBAL A* dc, GLOBAL A* da, GLOBAL A* dskip, GLOBAL A* dbias, i64 rows,
 int pieces, int sets, Scan s) {
  SHARED A by_channel[3][BATCH][GRADIENT_THREADS]; /* l gain B, what dt gets, C h */
  SHARED A by_state[2][BATCH][GRADIENT_THREADS];   /* l gain u, dy' h */
  SHARED A sums[2][SEGMENT * STATES];
  SHARED A stored[TILES][GRADIENT_THREADS];

  int segment = BLOCK_Y, sample = BLOCK_Z, group = BLOCK_X / pieces, piece = BLOCK_X - group * pieces;
  int n = THREAD % STATES, lane = THREAD / STATES;
  int share = s.channels / s.groups, first = group * share + piece * sets * CHANNELS, end = (group + 1) * share;
  Part part = part_of(bounds, sample, segment, s);
  int tokens = part.to - part.from;
  i64 cell = (i64)sample * s.segments + segment;
  for (int i = THREAD; i < 2 * SEGMENT * STATES; i += GRADIENT_THREADS) sums[i / (SEGMENT * STATES)][i % (SEGMENT * STATES)] = C(0);

  for (int set = 0; set < sets; set++) {
    int e = first + set * CHANNELS + lane;
    int live = e < end && n < s.states;
    i64 state = (cell * s.channels + e) * s.states + n;
    A more = live && s.bias ? bias[e] : C(0), rate = live ? a[(i64)e * s.states + n] : C(0);
    A h = live ? starts[state] : C(0), carry = live ? carries[state] : C(0), slope = C(0), past = C(0), shift = C(0);
    for (int i = 0; i < tokens; i++) {
      if (i % TILE == 0) stored[i / TILE][THREAD] = h;
      if (live) {
        i64 row = row_of(part, part.from + i, s);
        A dt = step_size(LOAD(delta, row * s.channels + e) + more, s), step = dt * rate;
        A gain = s.zoh ? expm1(step) / rate : dt, in = LOAD(b, (row * s.groups + group) * s.states + n);
        h = kept(step, in, s) * h + gain * LOAD(u, row * s.channels + e) * in;
      }
    }
    for (int tile = (tokens - 1) / TILE; tile >= 0 && tokens > 0; tile--) {
      A before[TILE];
      h = stored[tile][THREAD];
      UNROLL
      for (int i = 0; i < TILE; i++) {
        before[i] = h;
        if (live && tile * TILE + i < tokens) {
          i64 row = row_of(part, part.from + tile * TILE + i, s);
          A dt = step_size(LOAD(delta, row * s.channels + e) + more, s), step = dt * rate;
          A gain = s.zoh ? expm1(step) / rate : dt, in = LOAD(b, (row * s.groups + group) * s.states + n);
          h = kept(step, in, s) * h + gain * LOAD(u, row * s.channels + e) * in;
        }
      }
      UNROLL
      for (int top = TILE - BATCH; top >= 0; top -= BATCH) {
        UNROLL
        for (int k = BATCH - 1; k >= 0; k--) {
          A by_input = C(0), by_step = C(0), read = C(0), written = C(0), shown = C(0);
          if (live && tile * TILE + top + k < tokens) {
            i64 row = row_of(part, part.from + tile * TILE + top + k, s), at = row * s.channels + e;
            i64 place = (row * s.groups + group) * s.states + n;
            A in = LOAD(b, place), dt = step_size(LOAD(delta, at) + more, s), step = dt * rate, keep = kept(step, in, s);
            A gain = s.zoh ? expm1(step) / rate : dt, gain_slope = s.zoh ? keep : C(1), keep_slope = kept_slope(keep, in, s);
            A x = LOAD(u, at), out = LOAD(c, place), d = s.writes ? LOAD(dy, at) : C(0);
            if (s.gate) {
              A g = LOAD(z, at);
              d *= g * sigmoid(g);
            }
            A old = before[top + k], now = keep * old + gain * x * in, l = carry + out * d;
            by_input = l * gain * in;
            by_step = l * (rate * keep_slope * old + gain_slope * x * in);
            read = out * now;
            written = l * (gain * x + (s.proximal ? C(2) * step * in * old : C(0)));
            shown = d * now;
            slope += l * (dt * keep_slope * old + (s.zoh ? (dt * keep - gain) / rate * x * in : C(0)));
            carry = keep * l;
          }
          by_channel[0][k][THREAD] = by_input;
          by_channel[1][k][THREAD] = by_step;
          by_channel[2][k][THREAD] = read;
          by_state[0][k][THREAD] = written;
          by_state[1][k][THREAD] = shown;
        }
        BARRIER();
        if (THREAD < BATCH * CHANNELS) {
          int k = THREAD / CHANNELS, l = THREAD - k * CHANNELS, f = first + set * CHANNELS + l, i = tile * TILE + top + k;
          if (f < end && i < tokens) {
            A input = C(0), step = C(0), y = C(0);
            for (int m = 0; m < STATES; m++) {
              input += by_channel[0][k][l * STATES + m];
              step += by_channel[1][k][l * STATES + m];
              y += by_channel[2][k][l * STATES + m];
            }
            i64 at = row_of(part, part.from + i, s) * s.channels + f;
            A x = LOAD(u, at), direct = s.skip ? skip[f] : C(0), d = s.writes ? LOAD(dy, at) : C(0);
            if (s.gate) {
              A g = LOAD(z, at), m = sigmoid(g);
              STORE(dz, at, d * (y + direct * x) * m * (C(1) + g * (C(1) - m)));
              d *= g * m;
            }
            if (s.softplus) step *= sigmoid(LOAD(delta, at) + (s.bias ? bias[f] : C(0)));
            STORE(du, at, input + direct * d);
            STORE(ddelta, at, step);
            past += d * x;
            shift += step;
          }
        }
        for (int j = THREAD; j < 2 * BATCH * STATES; j += GRADIENT_THREADS) {
          int what = j / (BATCH * STATES), k = j / STATES % BATCH, m = j % STATES;
          A sum = C(0);
          for (int l = 0; l < CHANNELS; l++) sum += by_state[what][k][l * STATES + m];
          sums[what][(tile * TILE + top + k) * STATES + m] += sum;
        }
        BARRIER();
      }
    }
    if (live) da[state] = slope;
    by_channel[0][0][THREAD] = past;
    by_channel[1][0][THREAD] = shift;
    BARRIER();
    if (THREAD < CHANNELS && first + set * CHANNELS + THREAD < end) {
      A p = C(0), q = C(0);
      for (int k = 0; k < BATCH; k++) {
        p += by_channel[0][0][k * CHANNELS + THREAD];
        q += by_channel[1][0][k * CHANNELS + THREAD];
      }
      dskip[cell * s.channels + first + set * CHANNELS + THREAD] = p;
      dbias[cell * s.channels + first + set * CHANNELS + THREAD] = q;
    }
    BARRIER();
  }
  for (int j = THREAD; j < tokens * STATES; j += GRADIENT_THREADS) {
    int i = j / STATES, m = j - i * STATES;
    if (m < s.states) {
      i64 at = ((piece * rows + row_of(part, part.from + i, s)) * s.groups + group) * s.states + m;
      db[at] = sums[0][j];
      dc[at] = sums[1][j];
    }
  }
}
#undef GRADIENT_NAME
#undef STATES
#undef SEGMENT
#undef CHANNELS
#undef TILES
