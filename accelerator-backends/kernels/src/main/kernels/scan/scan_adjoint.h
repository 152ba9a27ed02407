/*
 * The adjoint that one segment hands to the one before it when nothing comes from behind; a thread owns a channel.
 *
 * ADJOINT_NAME    the kernel's name
 * ADJOINT_STATES  states held, N is at most that
 */
KERNEL(SCAN_CHANNELS, ADJOINT_NAME)
(GLOBAL const T* delta, GLOBAL const A* a, GLOBAL const T* b, GLOBAL const T* c, GLOBAL const A* bias, GLOBAL const T* z, GLOBAL const i64* bounds,
 GLOBAL const T* dy, GLOBAL A* ends, Scan s) {
  int e = BLOCK_X * SCAN_CHANNELS + THREAD, segment = BLOCK_Y, sample = BLOCK_Z;
  if (e >= s.channels) return;
  Part part = part_of(bounds, sample, segment, s);
  int group = (int)((i64)e * s.groups / s.channels);
  A carry[ADJOINT_STATES], rate[ADJOINT_STATES];
  UNROLL
  for (int n = 0; n < ADJOINT_STATES; n++) {
    carry[n] = C(0);
    rate[n] = n < s.states ? a[(i64)e * s.states + n] : C(0);
  }
  A more = s.bias ? bias[e] : C(0);
  for (int t = part.to - 1; t >= part.from; t--) {
    i64 row = row_of(part, t, s), at = row * s.channels + e;
    A dt = step_size(LOAD(delta, at) + more, s), d = s.writes ? LOAD(dy, at) : C(0);
    if (s.gate) {
      A g = LOAD(z, at);
      d *= g * sigmoid(g);
    }
    i64 place = (row * s.groups + group) * s.states;
    UNROLL
    for (int n = 0; n < ADJOINT_STATES; n++) {
      if (n < s.states) {
        A in = s.proximal ? LOAD(b, place + n) : C(0);
        carry[n] = kept(dt * rate[n], in, s) * (carry[n] + LOAD(c, place + n) * d);
      }
    }
  }
  i64 state = (((i64)sample * s.segments + segment) * s.channels + e) * s.states;
  UNROLL
  for (int n = 0; n < ADJOINT_STATES; n++) {
    if (n < s.states) ends[state + n] = carry[n];
  }
}
#undef ADJOINT_NAME
#undef ADJOINT_STATES
