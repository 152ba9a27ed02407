/* Windows of neighbourhood attention on three axes; missing ones in front have size and kernel 1. */
typedef struct {
  int heads, depth, depth_v, border, bias;
  int n[3], extent[3], dilation[3], causal[3];
} Window;

enum { SHIFT, PAD_KEYS, PAD_MASKED };

#define QUERIES 16
#define LANES 16
#define CHUNK 64
#define MOST_VALUES 256

/* First key of the query at i, counted among the places of its residue. */
DEVICE int window_start(Window w, int d, int i) {
  int step = w.dilation[d], size = w.extent[d], a = i / step, start = a - size / 2;
  if (w.border == SHIFT) {
    int members = (w.n[d] - (i - a * step) + step - 1) / step;
    start = max(0, min(start, members - size));
  }
  return start;
}

/* Place of key t of the query at i; it may lie outside. */
DEVICE int window_key(Window w, int d, int i, int t) {
  int step = w.dilation[d], size = w.extent[d];
  if (w.causal[d]) return i + (t - size + 1) * step;
  return (window_start(w, d, i) + t) * step + i % step;
}

/* Which key of the query at i lies `away` steps from it; -1 where none does. */
DEVICE int window_slot(Window w, int d, int i, int away) {
  int size = w.extent[d], t = away + size - 1;
  if (!w.causal[d]) t = i / w.dilation[d] + away - window_start(w, d, i);
  return t >= 0 && t < size ? t : -1;
}

typedef struct {
  int at[3];
} Query;

typedef struct {
  int flat, entry;
} Key;

/* Key number `place` of a query's window: its flat index, or -1 outside; and its entry of the table of biases. */
DEVICE Key window_place(Window w, Query query, int place) {
  Key key;
  int at[3], inside = 1;
  key.flat = 0;
  key.entry = 0;
  at[2] = place % w.extent[2];
  place /= w.extent[2];
  at[1] = place % w.extent[1];
  at[0] = place / w.extent[1];
  UNROLL for (int d = 0; d < 3; d++) {
    int j = window_key(w, d, query.at[d], at[d]), away = j - query.at[d], step = w.dilation[d];
    inside &= j >= 0 && j < w.n[d];
    key.flat = key.flat * w.n[d] + j;
    /* Rounded down. */
    int steps = away >= 0 ? away / step : -((-away + step - 1) / step);
    key.entry = key.entry * (2 * w.extent[d] - 1) + steps + w.extent[d] - 1;
  }
  if (!inside) key.flat = -1;
  return key;
}

DEVICE Query point(Window w, int flat) {
  Query q;
  q.at[2] = flat % w.n[2];
  q.at[1] = flat / w.n[2] % w.n[1];
  q.at[0] = flat / w.n[2] / w.n[1];
  return q;
}

DEVICE int table_size(Window w) { return (2 * w.extent[0] - 1) * (2 * w.extent[1] - 1) * (2 * w.extent[2] - 1); }
