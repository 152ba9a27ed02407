/*
 * One run of the selective scan, included once for each number of states that a channel may have. A thread owns channel e:
 *
 *   h_t = keep_t h_{t-1} + gain_t u_t B_t,   y_t = (C_t h_t + D u_t) silu(z_t)
 *
 * with keep exp(dt A) and gain dt (EULER) or (exp(dt A) - 1) / A (ZOH), or keep 1 + dt A B^2 and gain dt (PROXIMAL); N states in registers.
 *
 * SCAN_NAME    the kernel's name
 * SCAN_STATES  states held, N is at most that
 */
KERNEL(SCAN_CHANNELS, SCAN_NAME)
(GLOBAL const T* u, GLOBAL const T* delta, GLOBAL const A* a, GLOBAL const T* b, GLOBAL const T* c, GLOBAL const A* bias,
 GLOBAL const A* skip, GLOBAL const T* z, GLOBAL const A* before, GLOBAL const i64* bounds, GLOBAL T* y, GLOBAL A* after,
 GLOBAL A* steps, Scan s) {
  int e = BLOCK_X * SCAN_CHANNELS + THREAD, segment = BLOCK_Y, sample = BLOCK_Z;
  if (e >= s.channels) return;
  Part part = part_of(bounds, sample, segment, s);
  int group = (int)((i64)e * s.groups / s.channels);
  i64 state = (((i64)sample * s.segments + segment) * s.channels + e) * s.states;
  A h[SCAN_STATES], rate[SCAN_STATES];
  UNROLL
  for (int n = 0; n < SCAN_STATES; n++) {
    h[n] = s.initial && n < s.states ? before[state + n] : C(0);
    rate[n] = n < s.states ? a[(i64)e * s.states + n] : C(0);
  }
  A more = s.bias ? bias[e] : C(0), past = s.skip ? skip[e] : C(0), sum = C(0);
  for (int t = part.from; t < part.to; t++) {
    i64 row = row_of(part, t, s);
    A x = LOAD(u, row * s.channels + e), dt = step_size(LOAD(delta, row * s.channels + e) + more, s);
    i64 at = (row * s.groups + group) * s.states;
    A out = past * x;
    sum += dt;
    UNROLL
    for (int n = 0; n < SCAN_STATES; n++) {
      if (n < s.states) {
        A step = dt * rate[n], in = LOAD(b, at + n);
        A gain = s.zoh ? expm1(step) / rate[n] : dt;
        h[n] = kept(step, in, s) * h[n] + gain * x * in;
        if (s.writes) out += LOAD(c, at + n) * h[n];
      }
    }
    if (s.writes) {
      if (s.gate) {
        A g = LOAD(z, row * s.channels + e);
        out *= g * sigmoid(g);
      }
      STORE(y, row * s.channels + e, out);
    }
  }
  if (s.keeps) {
    steps[((i64)sample * s.segments + segment) * s.channels + e] = sum;
    UNROLL
    for (int n = 0; n < SCAN_STATES; n++) {
      if (n < s.states) after[state + n] = h[n];
    }
  }
}
#undef SCAN_NAME
#undef SCAN_STATES
