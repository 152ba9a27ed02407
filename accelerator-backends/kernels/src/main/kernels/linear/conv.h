/* The geometry of a convolution on three spatial axes (missing ones in front have size 1): y[o] meets x[o stride - before + tap dilation]. */
#ifndef CONV_H
#define CONV_H

typedef struct {
  int batch, channels, outputs, groups;
  int x[3], w[3], y[3], stride[3], before[3], dilation[3];
  int splits, k_split;
} Conv;

DEVICE int volume(const int* s) { return s[0] * s[1] * s[2]; }

typedef struct {
  int a[3];
} Place;

DEVICE Place place_of(int flat, const int* sizes) {
  Place p;
  p.a[2] = flat % sizes[2];
  flat /= sizes[2];
  p.a[1] = flat % sizes[1];
  p.a[0] = flat / sizes[1];
  return p;
}

/* The element of x that y's element meets by a tap; negative where it is padding. */
DEVICE int input_at(const Conv* g, Place y, Place tap) {
  int flat = 0, inside = 1;
  UNROLL for (int d = 0; d < 3; d++) {
    int i = y.a[d] * g->stride[d] - g->before[d] + tap.a[d] * g->dilation[d];
    inside &= i >= 0 && i < g->x[d];
    flat = flat * g->x[d] + i;
  }
  return inside ? flat : -1;
}

/* The element of y that meets x's element by a tap; negative where there is none. */
DEVICE int output_at(const Conv* g, Place x, Place tap) {
  int flat = 0, inside = 1;
  UNROLL for (int d = 0; d < 3; d++) {
    int i = x.a[d] + g->before[d] - tap.a[d] * g->dilation[d];
    int o = i / g->stride[d];
    inside &= i >= 0 && o * g->stride[d] == i && o < g->y[d];
    flat = flat * g->y[d] + o;
  }
  return inside ? flat : -1;
}

#endif
