/* Steps of recurrent cells: LSTM (gates i, f, g, o) and GRU (r, z, n). Everything is in the type of arithmetic. */
#ifndef RNN_H
#define RNN_H

#include "activation.h"

/* Hidden units that a block takes at once, and terms of their sums that it holds in shared memory at once. */
#define UNITS 64
#define CHUNK 64

/*
 * Tensors: gates [batch, steps, gates, units], before [batch, steps, units] and the like, states [batch, units].
 *
 * parts  blocks side by side over the units; with one, that block takes all of them and `count` may be any number of steps
 * first  counted in the order of the work: forward from the first step taken, backward from the last
 */
typedef struct {
  int batch, steps, units, parts;
  int first, count;
  int reverse, initial, masked, biased, keeps;
  int by_output, by_hidden, by_cell; /* which results have a cotangent */
} Rnn;

/* Index of the step that is the n-th to be taken. */
DEVICE int step_at(int n, Rnn s) { return s.reverse ? s.steps - 1 - n : n; }

/* p: what the gates are given, and what they give. Returns h. */
DEVICE A lstm_cell(A* p, A before, A* cell) {
  p[0] = act_sigmoid(p[0]);
  p[1] = act_sigmoid(p[1]);
  p[2] = tanh(p[2]);
  p[3] = act_sigmoid(p[3]);
  *cell = p[1] * before + p[0] * p[2];
  return p[3] * tanh(*cell);
}

/* From dh and d(cell) to what the gates were given (in p) and to the cell before, which it returns. */
DEVICE A lstm_adjoint(A* p, A before, A dh, A dcell) {
  A i = p[0], f = p[1], g = p[2], o = p[3];
  A shown = tanh(f * before + i * g);
  dcell += dh * o * (C(1) - shown * shown);
  p[0] = dcell * g * i * (C(1) - i);
  p[1] = dcell * before * f * (C(1) - f);
  p[2] = dcell * i * (C(1) - g * g);
  p[3] = dh * shown * o * (C(1) - o);
  return dcell * f;
}

/* p: what the input gives the gates, and what they give; hidden: what the state gives them. Returns h. */
DEVICE A gru_cell(A* p, A* hidden, A before) {
  p[0] = act_sigmoid(p[0] + hidden[0]);
  p[1] = act_sigmoid(p[1] + hidden[1]);
  p[2] = tanh(p[2] + p[0] * hidden[2]);
  return p[2] + p[1] * (before - p[2]);
}

/* From dh to what the gates were given by the input (in p) and, for n, by the state (inner); returns what goes to h directly. */
DEVICE A gru_adjoint(A* p, A* inner, A before, A dh) {
  A r = p[0], z = p[1], n = p[2];
  p[2] = dh * (C(1) - z) * (C(1) - n * n);
  p[1] = dh * (before - n) * z * (C(1) - z);
  p[0] = p[2] * *inner * r * (C(1) - r);
  *inner = p[2] * r;
  return dh * z;
}

#endif
