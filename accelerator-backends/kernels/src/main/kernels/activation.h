/* The activations that a fused op applies, by the ordinal of core's Activation; and their derivatives. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

DEVICE A act_sigmoid(A x) {
  A e = exp(-fabs(x));
  return (x < 0 ? e : C(1)) / (C(1) + e);
}

/* sqrt(2 / pi) */
#define GELU_ROOT C(0.7978845608028654)

DEVICE A activate(A x, int fn) {
  switch (fn) {
    case 1: return x <= 0 ? C(0) : x;
    case 2: return C(0.5) * x * (C(1) + erf(x * C(0.7071067811865476)));
    case 3: return C(0.5) * x * (C(1) + tanh(GELU_ROOT * (x + C(0.044715) * x * x * x)));
    case 4: return x * act_sigmoid(x);
    case 5: return act_sigmoid(x);
    case 6: return tanh(x);
    default: return x;
  }
}

DEVICE A activate_slope(A x, int fn) {
  A s, t;
  switch (fn) {
    case 1: return x <= 0 ? C(0) : C(1);
    case 2:
      return C(0.5) * (C(1) + erf(x * C(0.7071067811865476))) + x * C(0.3989422804014327) * exp(C(-0.5) * x * x);
    case 3:
      t = tanh(GELU_ROOT * (x + C(0.044715) * x * x * x));
      return C(0.5) * (C(1) + t) + C(0.5) * x * (C(1) - t * t) * GELU_ROOT * (C(1) + C(0.134145) * x * x);
    case 4:
      s = act_sigmoid(x);
      return s * (C(1) + x * (C(1) - s));
    case 5:
      s = act_sigmoid(x);
      return s * (C(1) - s);
    case 6:
      t = tanh(x);
      return C(1) - t * t;
    default: return C(1);
  }
}

#endif
