/*
 * Steps backward: what the later step's gates send to this step's h, then the cell's own derivatives, which replace what the gates gave.
 * A thread sums over one gate's rows for one unit and SAMPLES samples, in their order; the gates' sums are added in their order. The
 * step behind the last one leaves the gradient to h_0.
 *
 * back    like gates: the gradient to what the state gave them; LSTM: gates itself
 * extra   LSTM: the cell before each step; GRU: what the state gave n
 * direct  [batch, units] what reaches h without a product, between steps
 * dcell   [batch, units] LSTM: the gradient to the cell, between steps and at the end
 */
KERNEL(UNITS * GATES, RNN_NAME)
(GLOBAL A* gates, GLOBAL A* back, GLOBAL const A* RESTRICT weights, GLOBAL const u8* RESTRICT mask, GLOBAL const A* RESTRICT before,
 GLOBAL const A* RESTRICT extra, GLOBAL const A* RESTRICT dy, GLOBAL const A* RESTRICT dh_end, GLOBAL const A* RESTRICT dc_end,
 GLOBAL A* direct, GLOBAL A* dcell, GLOBAL A* dh0, Rnn s) {
  SHARED A sent[GATES][CHUNK][SAMPLES] __attribute__((aligned(16)));
  SHARED A sums[SAMPLES][GATES * UNITS];
  int gate = THREAD / UNITS, tiles = (s.units + UNITS - 1) / UNITS, each = (tiles + s.parts - 1) / s.parts;
  int part = BLOCK_X % s.parts, sample = BLOCK_X / s.parts * SAMPLES, width = GATES * s.units;
  for (int q = s.first; q < s.first + s.count; q++) {
    int n = s.steps - 1 - q, at = step_at(n, s), later = step_at(n + 1, s);
    for (int tile = part * each; tile < min(tiles, (part + 1) * each); tile++) {
      int unit = tile * UNITS + THREAD % UNITS;
      A acc[SAMPLES];
      UNROLL for (int m = 0; m < SAMPLES; m++) acc[m] = C(0);
      for (int k0 = 0; k0 < s.units && q > 0; k0 += CHUNK) {
        for (int i = THREAD; i < GATES * CHUNK * SAMPLES; i += UNITS * GATES) {
          int g = i / CHUNK % GATES, m = i / (CHUNK * GATES), k = k0 + i % CHUNK, b = sample + m;
          int inside = b < s.batch && k < s.units;
          sent[g][i % CHUNK][m] = inside ? back[((i64)b * s.steps + later) * width + g * s.units + k] : C(0);
        }
        BARRIER();
        if (unit < s.units) {
          GLOBAL const A* column = weights + ((i64)gate * s.units + k0) * s.units + unit;
          int terms = min(CHUNK, s.units - k0);
          _Pragma("unroll 8") for (int k = 0; k < terms; k++) {
            A w = column[(i64)k * s.units];
            UNROLL for (int m = 0; m < SAMPLES; m++) acc[m] += sent[gate][k][m] * w;
          }
        }
        BARRIER();
      }
      UNROLL for (int m = 0; m < SAMPLES; m++) sums[m][THREAD] = acc[m];
      BARRIER();
      for (int i = THREAD; i < SAMPLES * UNITS; i += UNITS * GATES) {
        int m = i / UNITS, lane = i % UNITS, b = sample + m, u = tile * UNITS + lane;
        if (b >= s.batch || u >= s.units) continue;
        i64 held = (i64)b * s.units + u;
        A dh = q == 0 ? (s.by_hidden ? dh_end[held] : C(0)) : direct[held];
        UNROLL for (int g = 0; g < GATES; g++) dh += sums[m][g * UNITS + lane];
        if (n < 0) {
          dh0[held] = dh;
          continue;
        }
        i64 row = (i64)b * s.steps + at, place = row * s.units + u;
        int taken = !s.masked || mask[row];
        A p[GATES];
        UNROLL for (int g = 0; g < GATES; g++) p[g] = gates[row * width + g * s.units + u];
        A shown = dh + (s.by_output && taken ? dy[place] : C(0));
#if GATES == 4
        A dc = q == 0 ? (s.by_cell ? dc_end[held] : C(0)) : dcell[held];
        A passed = lstm_adjoint(p, extra[place], shown, dc);
        dcell[held] = taken ? passed : dc;
        direct[held] = taken ? C(0) : dh;
#else
        A inner = extra[place], passed = gru_adjoint(p, &inner, before[place], shown);
        direct[held] = taken ? passed : dh;
        UNROLL for (int g = 0; g < GATES; g++)
          back[row * width + g * s.units + u] = taken ? (g == 2 ? inner : p[g]) : C(0);
#endif
        UNROLL for (int g = 0; g < GATES; g++) gates[row * width + g * s.units + u] = taken ? p[g] : C(0);
      }
      BARRIER();
    }
  }
}
