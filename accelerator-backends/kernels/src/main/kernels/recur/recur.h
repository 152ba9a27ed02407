/* What kernels of matrix-state recurrences share. */
#define RECUR_COLUMNS 32
#define RECUR_TOKENS 8

#define GATE_NONE 0
#define GATE_HEAD 1
#define GATE_SCALAR 2
#define GATE_KEY 3
#define GATE_VALUE 4
#define GATE_DELTA 5
#define GATE_DELTA_DECAY 6

#define READ_AFTER 0
#define READ_HALF 1
#define READ_KEPT 2
#define READ_BEFORE 3

#define START_ZERO 0
#define START_GIVEN 1
#define START_IDENTITY 2

#define WRITES_NOTHING 0
#define WRITES_READ 1  /* o */
#define WRITES_ERROR 2 /* of the delta rule: v - k^T kept */

typedef struct {
  int gate, read, reverse, packed;
  int heads, key_heads, value_heads, tokens, dk, dv;
  int segment, segments;
  int initial; /* one of START_* */
  int values;  /* whether v is read, else it is 0 */
  int writes;  /* one of WRITES_* */
  int keeps;   /* whether the end state is written */
  int lagged;  /* whether a token is decayed by the gate of the token before it, and the end state by the last one's: the adjoint */
  int flipped; /* whether states lie in memory as [dv, dk] */
  int backward; /* whether segments are joined from the last to the first, by the transposed matrices */
} Recur;

DEVICE i64 state_at(i64 state, int i, int j, Recur s) {
  return state + (s.flipped ? (i64)j * s.dk + i : (i64)i * s.dv + j);
}

/* Row i of column j of the state that a segment starts from. */
DEVICE A start(GLOBAL const A* before, i64 state, Recur s, int i, int j) {
  if (i >= s.dk || j >= s.dv) return C(0);
  if (s.initial == START_IDENTITY) return i == j ? C(1) : C(0);
  return s.initial == START_GIVEN ? before[state_at(state, i, j, s)] : C(0);
}

/* The token whose gate acts at place n of a sample that begins at row; -1 where none does. */
DEVICE i64 gate_row(i64 row, int n, int length, Recur s) {
  if (s.lagged) n = n - 1;
  return n < 0 ? -1 : row + (s.reverse ? length - 1 - n : n);
}

DEVICE A key_decay(GLOBAL const A* decay, i64 row, int n, int length, int i, Recur s) {
  i64 at = gate_row(row, n, length, s);
  return at < 0 ? C(1) : exp(decay[at * s.dk + i]);
}

/* What scales all of column j. */
DEVICE A column_decay(GLOBAL const A* decay, i64 row, int n, int length, int h, int j, Recur s) {
  i64 at = gate_row(row, n, length, s);
  if (at < 0) return C(1);
  if (s.gate == GATE_HEAD) return exp(decay[h]);
  if (s.gate == GATE_SCALAR || s.gate == GATE_DELTA_DECAY) return exp(decay[at]);
  if (s.gate == GATE_VALUE) return j < s.dv ? exp(decay[at * s.dv + j]) : C(0);
  return C(1);
}
