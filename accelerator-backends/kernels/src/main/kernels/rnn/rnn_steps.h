/*
 * Steps forward: the product with the state, then the cell. A thread owns one gate of one unit for SAMPLES samples: it reads a weight once
 * for them, beside its neighbours', and the state from shared memory. Sums run over the state's units in their order.
 *
 * GATES    4: LSTM, 3: GRU
 * SAMPLES  samples of a block
 */
KERNEL(UNITS * GATES, RNN_NAME)
(GLOBAL A* gates, GLOBAL const A* RESTRICT weights, GLOBAL const A* RESTRICT bias, GLOBAL const A* RESTRICT h0,
 GLOBAL const A* RESTRICT c0, GLOBAL const u8* RESTRICT mask, GLOBAL A* before, GLOBAL A* extra, GLOBAL A* y, GLOBAL A* h_end,
 GLOBAL A* c_end, Rnn s) {
  SHARED A state[CHUNK][SAMPLES] __attribute__((aligned(16)));
  SHARED A sums[SAMPLES][GATES * UNITS];
  int gate = THREAD / UNITS, tiles = (s.units + UNITS - 1) / UNITS, each = (tiles + s.parts - 1) / s.parts;
  int part = BLOCK_X % s.parts, sample = BLOCK_X / s.parts * SAMPLES, width = GATES * s.units;
  for (int n = s.first; n < s.first + s.count; n++) {
    int at = step_at(n, s), next = step_at(n + 1, s), first = n == 0, last = n == s.steps - 1;
    for (int tile = part * each; tile < min(tiles, (part + 1) * each); tile++) {
      int unit = tile * UNITS + THREAD % UNITS;
      A acc[SAMPLES];
      UNROLL for (int m = 0; m < SAMPLES; m++) acc[m] = C(0);
      for (int k0 = 0; k0 < s.units; k0 += CHUNK) {
        for (int i = THREAD; i < CHUNK * SAMPLES; i += UNITS * GATES) {
          int m = i / CHUNK, k = k0 + i % CHUNK, b = sample + m;
          A h = C(0);
          if (b < s.batch && k < s.units) {
            if (!first) h = before[((i64)b * s.steps + at) * s.units + k];
            else if (s.initial) h = h0[(i64)b * s.units + k];
          }
          state[i % CHUNK][m] = h;
        }
        BARRIER();
        if (unit < s.units) {
          GLOBAL const A* column = weights + (i64)k0 * width + gate * s.units + unit;
          int terms = min(CHUNK, s.units - k0);
          _Pragma("unroll 8") for (int k = 0; k < terms; k++) {
            A w = column[(i64)k * width];
            UNROLL for (int m = 0; m < SAMPLES; m++) acc[m] += state[k][m] * w;
          }
        }
        BARRIER();
      }
      UNROLL for (int m = 0; m < SAMPLES; m++) sums[m][THREAD] = acc[m];
      BARRIER();
      for (int i = THREAD; i < SAMPLES * UNITS; i += UNITS * GATES) {
        int m = i / UNITS, lane = i % UNITS, b = sample + m, u = tile * UNITS + lane;
        if (b >= s.batch || u >= s.units) continue;
        i64 row = (i64)b * s.steps + at, place = row * s.units + u, held = (i64)b * s.units + u;
        int taken = !s.masked || mask[row];
        A p[GATES], hidden[GATES];
        UNROLL for (int g = 0; g < GATES; g++) {
          p[g] = gates[row * width + g * s.units + u];
          hidden[g] = sums[m][g * UNITS + lane] + (s.biased ? bias[g * s.units + u] : C(0));
        }
        A old = !first ? before[place] : s.initial ? h0[held] : C(0);
#if GATES == 4
        A cell_old = !first ? extra[place] : s.initial ? c0[held] : C(0), cell;
        UNROLL for (int g = 0; g < GATES; g++) p[g] += hidden[g];
        A h = lstm_cell(p, cell_old, &cell);
        cell = taken ? cell : cell_old;
        if (first) extra[place] = cell_old;
        if (last) c_end[held] = cell;
        else extra[((i64)b * s.steps + next) * s.units + u] = cell;
#else
        A h = gru_cell(p, hidden, old);
        if (s.keeps) extra[place] = hidden[2];
#endif
        y[place] = taken ? h : C(0);
        h = taken ? h : old;
        if (first) before[place] = old;
        if (last) h_end[held] = h;
        else before[((i64)b * s.steps + next) * s.units + u] = h;
        if (s.keeps) {
          UNROLL for (int g = 0; g < GATES; g++) gates[row * width + g * s.units + u] = p[g];
        }
      }
      BARRIER();
    }
  }
}
