// variants: f32 f64 bf16 f16
#include "zoo.h"

/*
 * Discrete Fourier transforms of lines of n numbers. A power of two up to FFT_LARGEST runs in shared memory by Stockham's passes; a larger
 * one m = m1 m2 as m2 transforms of m1, a twist and m1 of m2. Any other n is a circular convolution with a chirp (Bluestein) of size
 * m >= 2 n - 1. The inverse is the conjugate of the transform of the conjugate. Roots come from tables made in double precision.
 */
#ifdef ZOO_F64
#define FFT_LARGEST 2048
#else
#define FFT_LARGEST 4096
#endif
#define BUTTERFLIES (FFT_LARGEST / 512)

#ifdef __CUDACC__
#define SHARED_POINTER
#else
#define SHARED_POINTER __local
#endif

enum { COMPLEX, REAL, HALF };

typedef struct {
  /* inner: distance of neighbours along the axis; from, to: kinds of input and output; bluestein: m differs from n */
  int lines, n, m, inner, inverse, from, to, bluestein;
  int lines_a_block;
} Fft;

typedef struct {
  A re, im;
} Complex;

DEVICE Complex times(Complex a, Complex b) {
  Complex c;
  c.re = a.re * b.re - a.im * b.im;
  c.im = a.re * b.im + a.im * b.re;
  return c;
}

DEVICE Complex entry(GLOBAL const A* table, i64 i) {
  Complex c;
  c.re = table[2 * i];
  c.im = table[2 * i + 1];
  return c;
}

/* Where element i of a line of `size` elements is. */
DEVICE i64 element(Fft p, int line, int i, int size) {
  return ((i64)(line / p.inner) * size + i) * p.inner + line % p.inner;
}

/* Element i of the line to transform. */
DEVICE Complex fft_input(GLOBAL const T* x, GLOBAL const A* chirp, Fft p, int line, int i) {
  Complex c;
  c.re = 0;
  c.im = 0;
  if (i >= p.n) return c;
  if (p.from == REAL) {
    c.re = LOAD(x, element(p, line, i, p.n));
  } else {
    int bins = p.from == HALF ? p.n / 2 + 1 : p.n;
    int bin = i < bins ? i : p.n - i;
    i64 at = 2 * element(p, line, bin, bins);
    c.re = LOAD(x, at);
    c.im = LOAD(x, at + 1);
    if (p.from == HALF && (i == 0 || 2 * i == p.n)) c.im = 0;
    if (i >= bins) c.im = -c.im;
  }
  if (p.inverse) c.im = -c.im;
  return p.bluestein ? times(c, entry(chirp, i)) : c;
}

DEVICE void fft_output(GLOBAL T* y, GLOBAL const A* chirp, Fft p, int line, int i, Complex c) {
  if (p.bluestein) {
    /* The transform back is the conjugate's. */
    c.im = -c.im;
    c = times(c, entry(chirp, i));
  }
  if (p.inverse) c.im = -c.im;
  if (p.to == REAL) {
    STORE(y, element(p, line, i, p.n), c.re);
    return;
  }
  int bins = p.to == HALF ? p.n / 2 + 1 : p.n;
  if (i >= bins) return;
  i64 at = 2 * element(p, line, i, bins);
  STORE(y, at, c.re);
  STORE(y, at + 1, p.to == HALF && (i == 0 || 2 * i == p.n) ? C(0) : c.im);
}

/* Transforms lines of m (a power of two) in place; roots holds those of m * root_step. */
DEVICE void fft_shared(SHARED_POINTER A* re, SHARED_POINTER A* im, int m, int lines, GLOBAL const A* roots, int root_step) {
  int wide = m / 2, count = wide * lines, bits = 0;
  while ((1 << bits) < wide) bits++;
  for (int span = 1; span < m; span *= 2) {
    Complex a[BUTTERFLIES], b[BUTTERFLIES];
    BARRIER();
    UNROLL for (int e = 0; e < BUTTERFLIES; e++) {
      int u = THREAD + 256 * e;
      if (u < count) {
        int at = (u >> bits) * m + (u & (wide - 1));
        a[e].re = re[at];
        a[e].im = im[at];
        b[e].re = re[at + wide];
        b[e].im = im[at + wide];
      }
    }
    BARRIER();
    UNROLL for (int e = 0; e < BUTTERFLIES; e++) {
      int u = THREAD + 256 * e;
      if (u < count) {
        int t = u & (wide - 1), turn = t & ~(span - 1);
        int to = (u >> bits) * m + t + turn;
        re[to] = a[e].re + b[e].re;
        im[to] = a[e].im + b[e].im;
        a[e].re -= b[e].re;
        a[e].im -= b[e].im;
        a[e] = times(a[e], entry(roots, (i64)turn * root_step));
        re[to + span] = a[e].re;
        im[to + span] = a[e].im;
      }
    }
  }
  BARRIER();
}

/* Whole transforms of lines that fit into shared memory. */
KERNEL(256, fft)
(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, GLOBAL const A* RESTRICT roots, GLOBAL const A* RESTRICT chirp,
 GLOBAL const A* RESTRICT filter, Fft p) {
  SHARED A re[FFT_LARGEST], im[FFT_LARGEST];
  int first = BLOCK_X * p.lines_a_block, lines = min(p.lines_a_block, p.lines - first);
  for (int e = THREAD; e < lines * p.m; e += 256) {
    int line = p.inner == 1 ? e / p.m : e % lines, i = p.inner == 1 ? e % p.m : e / lines;
    Complex c = fft_input(x, chirp, p, first + line, i);
    re[line * p.m + i] = c.re;
    im[line * p.m + i] = c.im;
  }
  for (int pass = 0; pass <= p.bluestein; pass++) {
    fft_shared(re, im, p.m, lines, roots, 1);
    if (pass < p.bluestein) {
      for (int e = THREAD; e < lines * p.m; e += 256) {
        Complex c;
        c.re = re[e];
        c.im = im[e];
        c = times(c, entry(filter, e % p.m));
        re[e] = c.re;
        im[e] = -c.im;
      }
    }
  }
  for (int e = THREAD; e < lines * p.n; e += 256) {
    int line = p.inner == 1 ? e / p.n : e % lines, i = p.inner == 1 ? e % p.n : e / lines;
    Complex c;
    c.re = re[line * p.m + i];
    c.im = im[line * p.m + i];
    fft_output(y, chirp, p, first + line, i, c);
  }
}

/* The parts of larger transforms, on complex work [lines][m]. */
KERNEL(256, fft_load)(GLOBAL const T* RESTRICT x, GLOBAL A* RESTRICT work, GLOBAL const A* RESTRICT chirp, i64 size, Fft p) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  Complex c = fft_input(x, chirp, p, (int)(e / p.m), (int)(e % p.m));
  work[2 * e] = c.re;
  work[2 * e + 1] = c.im;
}

/*
 * Block b transforms line b % count of piece b / count: `m` numbers from at first line * line_in, step_in apart, to line * line_out, step_out
 * apart; result k of line l is turned by root l k of the whole when `twist`.
 */
KERNEL(256, fft_pass)
(GLOBAL const A* RESTRICT from, GLOBAL A* RESTRICT to, GLOBAL const A* RESTRICT roots, int m, int count, int root_step, int line_in, int step_in,
 int line_out, int step_out, int twist) {
  SHARED A re[FFT_LARGEST], im[FFT_LARGEST];
  int line = BLOCK_X % count;
  i64 at = (i64)(BLOCK_X / count) * m * count;
  for (int i = THREAD; i < m; i += 256) {
    Complex c = entry(from, at + (i64)line * line_in + (i64)i * step_in);
    re[i] = c.re;
    im[i] = c.im;
  }
  fft_shared(re, im, m, 1, roots, root_step);
  for (int i = THREAD; i < m; i += 256) {
    Complex c;
    c.re = re[i];
    c.im = im[i];
    if (twist) c = times(c, entry(roots, (i64)line * i));
    i64 e = 2 * (at + (i64)line * line_out + (i64)i * step_out);
    to[e] = c.re;
    to[e + 1] = c.im;
  }
}

/* work = conj(work filter) */
KERNEL(256, fft_filter)(GLOBAL A* RESTRICT work, GLOBAL const A* RESTRICT filter, i64 size, int m) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  Complex c = times(entry(work, e), entry(filter, e % m));
  work[2 * e] = c.re;
  work[2 * e + 1] = -c.im;
}

KERNEL(256, fft_store)(GLOBAL const A* RESTRICT work, GLOBAL T* RESTRICT y, GLOBAL const A* RESTRICT chirp, i64 size, Fft p) {
  i64 e = (i64)BLOCK_X * 256 + THREAD;
  if (e >= size) return;
  int line = (int)(e / p.n), i = (int)(e % p.n);
  fft_output(y, chirp, p, line, i, entry(work, (i64)line * p.m + i));
}
