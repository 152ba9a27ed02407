/*
 * The part of cuBLASLt that org.layerzoo.cuda.blas calls, on the host and as plain loops, for tests; linked with cuda_shim.c. Layouts are
 * column-major as the library's are. It refuses what the library refuses: a result of another size, an algorithm it did not choose.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID = 7, UNSUPPORTED = 15, F32 = 0, F64 = 1, F16 = 2, BF16 = 14 };
static const uint64_t ALGORITHM = 0x5a6f6f414c474f21, SCRATCH = 4096;

typedef struct { int type; int64_t rows, cols, ld, stride; int batches; } Layout;
typedef struct { int compute, scale, transA, transB, epilogue; const void *bias; } Descriptor;
typedef struct { uint64_t workspace; uint32_t reductions, alignment[4]; } Preference;
typedef struct { uint64_t algorithm[8]; size_t workspace; int state; float waves; int reserved[4]; } Result;

extern int shim_in_context(void);
extern int shim_submit(void *, void (*)(void *), void *);
long shim_products;

size_t cublasLtGetVersion(void) { return 120804; }
int cublasLtCreate(void **h) { *h = &shim_products; return shim_in_context() ? OK : 1; }
int cublasLtMatmulDescCreate(Descriptor **d, int compute, int scale) {
  *d = calloc(1, sizeof **d);
  **d = (Descriptor){.compute = compute, .scale = scale, .epilogue = 1};
  return OK;
}
int cublasLtMatmulDescSetAttribute(Descriptor *d, int what, const void *v, size_t n) {
  if (n != (what == 8 ? 8 : 4)) return INVALID;
  switch (what) {
    case 3: d->transA = *(int *)v; return OK;
    case 4: d->transB = *(int *)v; return OK;
    case 7: d->epilogue = *(int *)v; return OK;
    case 8: d->bias = *(void **)v; return OK;
    default: return INVALID;
  }
}
int cublasLtMatrixLayoutCreate(Layout **l, int type, uint64_t rows, uint64_t cols, int64_t ld) {
  *l = calloc(1, sizeof **l);
  **l = (Layout){type, rows, cols, ld, 0, 1};
  return ld < (int64_t)rows ? INVALID : OK;
}
int cublasLtMatrixLayoutSetAttribute(Layout *l, int what, const void *v, size_t n) {
  if (what == 5 && n == 4) l->batches = *(int *)v;
  else if (what == 6 && n == 8) l->stride = *(int64_t *)v;
  else return INVALID;
  return OK;
}
int cublasLtMatmulPreferenceCreate(Preference **p) { *p = calloc(1, sizeof **p); return OK; }
int cublasLtMatmulPreferenceDestroy(Preference *p) { free(p); return OK; }
int cublasLtMatmulPreferenceSetAttribute(Preference *p, int what, const void *v, size_t n) {
  if (what == 1 && n == 8) p->workspace = *(uint64_t *)v;
  else if (what == 3 && n == 4) p->reductions = *(uint32_t *)v;
  else if (what >= 5 && what <= 8 && n == 4) p->alignment[what - 5] = *(uint32_t *)v;
  else return INVALID;
  return OK;
}

static int64_t rows(const Layout *l, int t) { return t ? l->cols : l->rows; }
static int64_t cols(const Layout *l, int t) { return t ? l->rows : l->cols; }
static int fits(const Descriptor *d, const Layout *a, const Layout *b, const Layout *c) {
  return rows(a, d->transA) == c->rows && cols(b, d->transB) == c->cols && cols(a, d->transA) == rows(b, d->transB)
      && a->type == c->type && b->type == c->type && a->batches == c->batches && b->batches == c->batches
      && d->compute == (c->type == F64 ? 70 : 68) && d->scale == (c->type == F64 ? F64 : F32);
}
int cublasLtMatmulAlgoGetHeuristic(void *h, Descriptor *d, Layout *a, Layout *b, Layout *c, Layout *dd, Preference *p, int asked, Result *out,
                                   int *n) {
  (void)h;
  *n = 0;
  if (!shim_in_context() || asked != 1 || dd != c || !fits(d, a, b, c)) return INVALID;
  /* As the library: some alignments have no kernel. */
  if (p->workspace < SCRATCH || p->reductions != 2 || p->alignment[0] < 4 || p->alignment[1] < 4) return UNSUPPORTED;
  *out = (Result){.algorithm = {ALGORITHM}, .workspace = SCRATCH};
  *n = 1;
  return OK;
}

static double load(int type, const char *p, int64_t i) {
  uint32_t bits;
  float f;
  if (type == F64) return ((const double *)p)[i];
  if (type == F32) return ((const float *)p)[i];
  uint16_t h = ((const uint16_t *)p)[i];
  if (type == F16) {
    int e = h >> 10 & 31, m = h & 1023;
    double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(m + 1024, e - 25) : ldexp(m, -24);
    return h & 0x8000 ? -v : v;
  }
  bits = (uint32_t)h << 16;
  memcpy(&f, &bits, 4);
  return f;
}
/* Half to even: steps of a half number's last place. */
static uint16_t half(float f) {
  int e;
  if (f != f) return 0x7e00;
  double v = fabs(f);
  frexp(v, &e);
  int least = e - 11 < -24 ? -24 : e - 11;
  v = nearbyint(ldexp(v, -least));
  uint16_t sign = signbit(f) ? 0x8000 : 0;
  v = ldexp(v, least);
  if (v >= 65520) return sign | 0x7c00;
  if (v < 0x1p-14) return sign | (uint16_t)(v * 0x1p24);
  double m = frexp(v, &e) * 2048;
  return sign | (uint16_t)((e + 14) << 10 | ((int)m & 1023));
}
static void store(int type, char *p, int64_t i, double v) {
  float f = (float)v;
  uint32_t bits;
  if (type == F64) ((double *)p)[i] = v;
  else if (type == F32) ((float *)p)[i] = f;
  else if (type == F16) ((uint16_t *)p)[i] = half(f);
  else {
    memcpy(&bits, &f, 4);
    ((uint16_t *)p)[i] = f != f ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
static double finished(const Descriptor *d, int type, double v, int64_t row) {
  int e = d->epilogue;
  if (e & 4) v += load(type, d->bias, row);
  if (e & 2 && v < 0) v = 0;
  if (e & 32) v = 0.5 * v * (1 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)));
  return v;
}
static int bytes(int type) { return type == F64 ? 8 : type == F32 ? 4 : 2; }

/* A product with all it needs, since descriptions change before recorded work runs. */
typedef struct { Descriptor d; Layout a, b, c; const char *A, *B; char *D; void *scratch; size_t n; } Product;

static void multiply(void *argument) {
  Product *p = argument;
  int t = p->c.type;
  int64_t terms = cols(&p->a, p->d.transA);
  memset(p->scratch, 0xFF, p->n);
  for (int batch = 0; batch < p->c.batches; batch++) {
    const char *a = p->A + batch * p->a.stride * bytes(t), *b = p->B + batch * p->b.stride * bytes(t);
    char *d = p->D + batch * p->c.stride * bytes(t);
    for (int64_t j = 0; j < p->c.cols; j++)
      for (int64_t i = 0; i < p->c.rows; i++) {
        double sum = 0;
        for (int64_t k = 0; k < terms; k++)
          sum += load(t, a, p->d.transA ? k + i * p->a.ld : i + k * p->a.ld)
              * load(t, b, p->d.transB ? j + k * p->b.ld : k + j * p->b.ld);
        store(t, d, i + j * p->c.ld, finished(&p->d, t, sum, i));
      }
  }
  __atomic_add_fetch(&shim_products, 1, __ATOMIC_SEQ_CST);
}

int cublasLtMatmul(void *h, Descriptor *d, const void *alpha, const char *A, Layout *a, const char *B, Layout *b, const void *beta,
                   const char *C, Layout *c, char *D, Layout *dd, const uint64_t *algorithm, void *scratch, size_t n, void *stream) {
  double one = d->scale == F64 ? *(double *)alpha : *(float *)alpha, zero = d->scale == F64 ? *(double *)beta : *(float *)beta;
  if (h != &shim_products || one != 1 || zero != 0 || C != D || c != dd || *algorithm != ALGORITHM || n < SCRATCH || !scratch
      || !fits(d, a, b, c)) return INVALID;
  Product *p = malloc(sizeof *p);
  *p = (Product){*d, *a, *b, *c, A, B, D, scratch, n};
  return shim_submit(stream, multiply, p) ? INVALID : OK;
}
