/* What the selective scan and its gradient share. */
#define SCAN_CHANNELS 64

typedef struct {
  int channels, states, groups, tokens, segment, segments;
  int softplus, zoh, bias, skip, gate, reverse, packed;
  int initial;  /* whether states at the start are given, else they are 0 */
  int writes;   /* whether y is written; in the gradient whether its cotangent is given */
  int keeps;    /* whether the end state and the sum of dt are written */
  int backward; /* whether segments are walked through from the last to the first */
  int proximal; /* whether the decay is 1 + dt A B^2 and not exp(dt A) */
} Scan;

/* dt of what stands for it. */
DEVICE A step_size(A x, Scan s) { return s.softplus ? fmax(x, C(0)) + log1p(exp(-fabs(x))) : x; }

/* What a state keeps of itself over a step = dt A with input B, and the slope of that along the step. */
DEVICE A kept(A step, A in, Scan s) { return s.proximal ? C(1) + step * in * in : exp(step); }
DEVICE A kept_slope(A keep, A in, Scan s) { return s.proximal ? in * in : keep; }

DEVICE A sigmoid(A x) {
  A m = exp(-fabs(x));
  return (x < 0 ? m : C(1)) / (C(1) + m);
}

/* Tokens of one sample that a segment holds, and the row of its place t. */
typedef struct {
  i64 first;
  int length, from, to;
} Part;

DEVICE Part part_of(GLOBAL const i64* bounds, int sample, int segment, Scan s) {
  Part p;
  p.first = s.packed ? bounds[sample] : (i64)sample * s.tokens;
  p.length = s.packed ? (int)(bounds[sample + 1] - p.first) : s.tokens;
  p.from = min(segment * s.segment, p.length);
  p.to = min(p.from + s.segment, p.length);
  return p;
}

DEVICE i64 row_of(Part p, int t, Scan s) { return p.first + (s.reverse ? p.length - 1 - t : t); }
