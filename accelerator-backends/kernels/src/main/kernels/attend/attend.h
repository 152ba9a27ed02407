/*
 * Attention of q [B, H, Tq, d] over one section of keys k [B, Hkv, Tk, d] with values v [B, Hkv, Tk, dv]: which keys a row sees, what is
 * added to its scores and what multiplies its weights, as a list of terms. A row is (sample b, head h, query i); with `pack` > 1 so many
 * heads that read one key head are rows of one tile.
 */
#ifndef ATTEND_H
#define ATTEND_H
#include "philox.h"

#ifdef __CUDACC__
#define SHARED_POINTER
#else
#define SHARED_POINTER __local
#endif

#define TERMS 8
#define TERM_INTS 10

typedef struct {
  int batch, heads, key_heads, queries, keys, depth, depth_v;
  /* how heads and keys are shared out, and where partial results go */
  int pack, splits, parts, part;
  /* layout: 0 dense, 1 lengths, 2 packed; its tensors; aligned: the last row meets the last key */
  int layout, query_lengths, key_lengths, samples, aligned;
  /* coordinates by tensors, and the distance of two samples in them */
  int positions, query_position_step, key_position_step;
  int norm, explicit_heads, sparse, factors, drops, cotangents, gain, terms;
  int term[TERMS][TERM_INTS];
} Section;

/* Numbers 2 to 5 of what broadcasts to [B, H, Tq, Tk] are its strides. */
enum { WINDOW, SEGMENTS, TILES, MASK, DENSE_BIAS, ALIBI, OFFSETS, GRID_OFFSETS, INDEXED, TOEPLITZ, DENSE_FACTOR, KEEP, DRAWN, COTANGENT, GAIN };
enum { SOFTMAX, SIGMOID, RELU2, LAPLACE, PLAIN, CLIP, MEAN_STD };

/* scale, softcap, and the normaliser's numbers; keep is what kept weights are multiplied by */
typedef struct {
  A scale, softcap, a, b, keep;
} Numbers;

typedef struct {
  GLOBAL const int* head_map;
  GLOBAL const i64 *layout0, *layout1, *positions0, *positions1;
  GLOBAL const u8* slot[8];
} Inputs;

#define SECTION_INPUTS                                                                                                            \
  GLOBAL const int *RESTRICT head_map, GLOBAL const i64 *RESTRICT layout0, GLOBAL const i64 *RESTRICT layout1,                    \
      GLOBAL const i64 *RESTRICT positions0, GLOBAL const i64 *RESTRICT positions1, GLOBAL const u8 *RESTRICT s0,                 \
      GLOBAL const u8 *RESTRICT s1, GLOBAL const u8 *RESTRICT s2, GLOBAL const u8 *RESTRICT s3, GLOBAL const u8 *RESTRICT s4,     \
      GLOBAL const u8 *RESTRICT s5, GLOBAL const u8 *RESTRICT s6, GLOBAL const u8 *RESTRICT s7, Section p, A scale, A softcap,    \
      A norm_a, A norm_b, A keep

#define SECTION_BEGIN          \
  Inputs in;                   \
  in.head_map = head_map;      \
  in.layout0 = layout0;        \
  in.layout1 = layout1;        \
  in.positions0 = positions0;  \
  in.positions1 = positions1;  \
  in.slot[0] = s0;             \
  in.slot[1] = s1;             \
  in.slot[2] = s2;             \
  in.slot[3] = s3;             \
  in.slot[4] = s4;             \
  in.slot[5] = s5;             \
  in.slot[6] = s6;             \
  in.slot[7] = s7;             \
  Numbers num;                 \
  num.scale = scale;           \
  num.softcap = softcap;       \
  num.a = norm_a;              \
  num.b = norm_b;              \
  num.keep = keep

/* A row's place: keys from..to-1 may be seen; `first` and `count` are those of its sample; r is its coordinate where there are no tensors. */
typedef struct {
  int b, h, i, from, to, first, count, r;
} Row;

DEVICE int key_head(const Section* p, const Inputs* in, int h) {
  return p->explicit_heads ? in->head_map[h] : (int)((i64)h * p->key_heads / p->heads);
}

/* The last sample whose bound is at most x. */
DEVICE int sample_of(GLOBAL const i64* bounds, int samples, int x) {
  int low = -1, high = samples;
  while (high - low > 1) {
    int mid = (low + high) / 2;
    if (bounds[mid] <= x) low = mid;
    else high = mid;
  }
  return low;
}

DEVICE Row row_of(const Section* p, const Inputs* in, int b, int h, int i) {
  Row r;
  int queries = p->queries, count = p->keys, first = 0, own = i, exists = 1, aligned_keys = p->keys;
  if (p->layout == 1) {
    if (p->query_lengths) queries = (int)in->layout0[b];
    if (p->key_lengths) aligned_keys = (int)in->layout1[b];
    exists = i < queries;
  } else if (p->layout == 2) {
    int s = sample_of(in->layout0, p->samples, i);
    exists = s >= 0 && i < in->layout0[s + 1];
    s = s < 0 ? 0 : s;
    queries = (int)(in->layout0[s + 1] - in->layout0[s]);
    own = i - (int)in->layout0[s];
    first = (int)in->layout1[s];
    count = (int)in->layout1[s + 1] - first;
    aligned_keys = count;
  }
  r.b = b;
  r.h = h;
  r.i = i;
  r.first = first;
  r.count = count;
  r.r = p->aligned ? own + aligned_keys - queries : own;
  r.from = max(first, 0);
  r.to = exists ? min(p->keys, first + min(count, aligned_keys)) : 0;
  if (!p->positions)
    for (int t = 0; t < p->terms; t++)
      if (p->term[t][0] == WINDOW) {
        if (p->term[t][2] >= 0) r.from = max(r.from, first + r.r - p->term[t][2]);
        if (p->term[t][3] >= 0) r.to = min(r.to, first + r.r + p->term[t][3] + 1);
      }
  return r;
}

/* The key's coordinate less the row's. */
DEVICE i64 offset_of(const Section* p, const Inputs* in, Row r, int j) {
  if (!p->positions) return (i64)(j - r.first) - r.r;
  return in->positions1[(i64)r.b * p->key_position_step + j] - in->positions0[(i64)r.b * p->query_position_step + r.i];
}

DEVICE int clamped(i64 x, int n) { return x < 0 ? 0 : x >= n ? n - 1 : (int)x; }

/* Whether a range of the row's tile meets keys j0..j1-1. */
DEVICE int tile_sees(const int* t, const Inputs* in, Row r, int heads, int j0, int j1) {
  int tiles = t[5], group = t[4] == 0 ? 0 : t[4] == 1 ? r.h : r.b * heads + r.h;
  GLOBAL const i64* bounds = (GLOBAL const i64*)in->slot[t[1]] + (i64)group * tiles + r.i / t[3];
  GLOBAL const i64* ranges = (GLOBAL const i64*)in->slot[t[2]];
  i64 to = bounds[1] < t[6] ? bounds[1] : t[6];
  for (i64 n = bounds[0] > 0 ? bounds[0] : 0; n < to; n++)
    if (ranges[2 * n] < j1 && ranges[2 * n + 1] > j0) return 1;
  return 0;
}

/* Whether the row sees any of keys j0..j1-1, as far as ranges tell. */
DEVICE int row_meets(const Section* p, const Inputs* in, Row r, int j0, int j1) {
  if (r.from >= j1 || r.to <= j0) return 0;
  for (int t = 0; t < p->terms; t++)
    if (p->term[t][0] == TILES && !tile_sees(p->term[t], in, r, p->heads, j0, j1)) return 0;
  return 1;
}

DEVICE i64 full_place(const int* t, Row r, int j) {
  return (i64)r.b * t[2] + (i64)r.h * t[3] + (i64)r.i * t[4] + (i64)j * t[5];
}

DEVICE A alibi(const Section* p, const Inputs* in, const int* t, Row r, int j) {
  i64 d = t[6] ? (i64)(j - r.first) - (r.count - 1) : offset_of(p, in, r, j);
  return (A)(t[6] || d < 0 ? d : -d);
}

/* The entry of a head's row of its table that a pair reads. */
DEVICE int own_entry(const Section* p, const Inputs* in, const int* t, Row r, int j) {
  if (t[0] == GRID_OFFSETS) {
    int y = clamped(j / t[3] - r.i / t[2] + t[4], t[6]), x = clamped(j % t[3] - r.i % t[2] + t[5], t[7]);
    return y * t[7] + x;
  }
  if (t[0] == INDEXED) return (int)((GLOBAL const i64*)in->slot[t[2]])[(i64)r.i * p->keys + j];
  return clamped(offset_of(p, in, r, j) + t[2], t[3]);
}

DEVICE i64 entry(const Section* p, const Inputs* in, const int* t, Row r, int j) {
  return (i64)r.h * (t[0] == GRID_OFFSETS ? t[8] : t[4]) + own_entry(p, in, t, r, j);
}

/* The score with its biases, or -inf where the key is not visible. */
DEVICE A edited(const Section* p, const Inputs* in, const Numbers* num, Row r, int j, A dot) {
  if (j < r.from || j >= r.to) return -INF;
  A s = dot * num->scale;
  if (num->softcap > 0) s = num->softcap * tanh(s / num->softcap);
  for (int n = 0; n < p->terms; n++) {
    const int* t = p->term[n];
    GLOBAL const u8* flags = in->slot[t[1]];
    GLOBAL const T* x = (GLOBAL const T*)flags;
    switch (t[0]) {
      case WINDOW:
        if (p->positions) {
          i64 d = offset_of(p, in, r, j);
          if ((t[2] >= 0 && d < -t[2]) || (t[3] >= 0 && d > t[3])) return -INF;
        }
        break;
      case SEGMENTS:
        if (((GLOBAL const i64*)flags)[(i64)r.b * p->queries + r.i] !=
            ((GLOBAL const i64*)in->slot[t[2]])[(i64)r.b * p->keys + j])
          return -INF;
        break;
      case TILES:
        if (!tile_sees(t, in, r, p->heads, j, j + 1)) return -INF;
        break;
      case MASK:
        if (!flags[full_place(t, r, j)]) return -INF;
        break;
      case DENSE_BIAS: s += LOAD(x, full_place(t, r, j)); break;
      case ALIBI: s += LOAD(x, full_place(t, r, j)) * alibi(p, in, t, r, j); break;
      case OFFSETS:
      case GRID_OFFSETS:
      case INDEXED: s += LOAD(x, entry(p, in, t, r, j)); break;
      default: break;
    }
  }
  return s;
}

DEVICE u64 joined(int low, int high) { return (u64)(u32)low | (u64)(u32)high << 32; }

/* Whether the draw of a weight keeps it: number ((b H + h) Tq + i) T + j of the stream, as the op draw has it in F32. */
DEVICE int drawn(const Section* p, const int* t, Row r, int j) {
  u64 n = (((u64)r.b * p->heads + r.h) * p->queries + r.i) * (u64)t[7] + (u64)(t[6] + j);
  Words w = philox(joined(t[2], t[3]), joined(t[4], t[5]), n >> 2);
  return (float)(w.v[n & 3] >> 8) * 0x1p-24f >= bits_to_float((u32)t[8]);
}

/* What multiplies the normalised weight, but for term `without`. */
DEVICE A factor(const Section* p, const Inputs* in, int without, Row r, int j) {
  A f = 1;
  for (int n = 0; p->factors && n < p->terms; n++) {
    const int* t = p->term[n];
    GLOBAL const T* x = (GLOBAL const T*)in->slot[t[1]];
    if (n == without) continue;
    if (t[0] == TOEPLITZ) f *= LOAD(x, entry(p, in, t, r, j));
    else if (t[0] == DENSE_FACTOR) f *= LOAD(x, full_place(t, r, j));
  }
  return f;
}

/* What dropout makes of x, a weight on its way to o or the gradient on its way back. */
DEVICE A kept(const Section* p, const Inputs* in, const Numbers* num, Row r, int j, A x) {
  for (int n = 0; p->drops && n < p->terms; n++) {
    const int* t = p->term[n];
    if (t[0] == KEEP) return in->slot[t[1]][full_place(t, r, j) + t[6]] ? x * num->keep : C(0);
    if (t[0] == DRAWN) return drawn(p, t, r, j) ? x * num->keep : C(0);
  }
  return x;
}

/* The gradient to a weight before dropout that comes from results other than o. */
DEVICE A cotangent(const Section* p, const Inputs* in, Row r, int j) {
  A g = 0;
  for (int n = 0; p->cotangents && n < p->terms; n++) {
    const int* t = p->term[n];
    if (t[0] != COTANGENT || r.i < t[6]) continue;
    i64 at = full_place(t, r, j) + t[9];
    g += (t[8] ? ((GLOBAL const A*)in->slot[t[1]])[at] : LOAD((GLOBAL const T*)in->slot[t[1]], at)) / (A)t[7];
  }
  return g;
}

/*
 * What is known of a row as a whole. a: the log-sum-exp, or the mean of the scores; b: 1 / (their deviation + eps). For gradients, with g
 * the gradient to a normalised weight: c: the sum of its weights' g less the gradient of the log-sum-exp, or the mean of g; d: the
 * slope of the deviation.
 */
typedef struct {
  A a, b, c, d;
} Facts;

/* facts[0..1] and backward[0..1] lie `rows` apart; softmax and clip have one of each. */
DEVICE Facts facts_of(const Section* p, GLOBAL const A* facts, GLOBAL const A* backward, i64 row) {
  i64 rows = (i64)p->batch * p->heads * p->queries;
  Facts x;
  int one = p->norm == SOFTMAX || p->norm == CLIP, two = p->norm == MEAN_STD;
  x.a = one || two ? facts[row] : C(0);
  x.b = two ? facts[rows + row] : C(0);
  x.c = one || two ? backward[row] : C(0);
  x.d = two ? backward[rows + row] : C(0);
  return x;
}

/* The gain or the shift of a head, slots 1 and 2 of the term that has them. */
DEVICE A gain_of(const Section* p, const Inputs* in, int slot, int h) {
  GLOBAL const T* x = (GLOBAL const T*)in->slot[p->term[p->gain][slot]];
  return LOAD(x, h);
}

/* The normalised weight of a score. */
DEVICE A weight_of(const Section* p, const Inputs* in, const Numbers* num, int h, A s, Facts x) {
  if (s == -INF) return C(0);
  switch (p->norm) {
    case SOFTMAX: return exp(s - x.a);
    case SIGMOID: s += num->a; return s < 0 ? exp(s) / (C(1) + exp(s)) : C(1) / (C(1) + exp(-s));
    case RELU2: return s > 0 ? s * s : (s == s ? C(0) : s);
    case LAPLACE: return C(0.5) * (C(1) + erf((s - num->a) * num->b));
    case CLIP: s = exp(s - x.a) * num->a + num->b; return s < 0 ? C(0) : s > 1 ? C(1) : s;
    case MEAN_STD: return gain_of(p, in, 1, h) * ((s - x.a) * x.b) + gain_of(p, in, 2, h);
    default: return s;
  }
}

/* The gradient to a score, of g to its normalised weight. */
DEVICE A slope_of(const Section* p, const Inputs* in, const Numbers* num, int h, A s, A g, Facts x) {
  A w;
  if (s == -INF) return C(0);
  switch (p->norm) {
    case SOFTMAX: return exp(s - x.a) * (g - x.c);
    case SIGMOID: w = weight_of(p, in, num, h, s, x); return w * (C(1) - w) * g;
    case RELU2: return s > 0 ? C(2) * s * g : C(0);
    case LAPLACE:
      w = (s - num->a) * num->b;
      return num->b * C(0.5641895835477563) * exp(-w * w) * g;
    case CLIP:
      w = exp(s - x.a);
      s = w * num->a + num->b;
      return w * ((s >= 0 && s <= 1 ? g * num->a : C(0)) - x.c);
    case MEAN_STD: return gain_of(p, in, 1, h) * x.b * (g - x.c) - (s - x.a) * x.d;
    default: return g;
  }
}

/* Keys of a tile, numbers of d that are multiplied at a time, and columns of v. */
#ifdef ZOO_F64
#define BN 32
#define DC 16
#else
#define BN 64
#define DC 32
#endif
#define VC 64

#endif
