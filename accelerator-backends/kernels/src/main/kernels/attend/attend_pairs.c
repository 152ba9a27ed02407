// variants: f32 f64 bf16 f16
#include "zoo.h"
#include "attend.h"
#include "attend_gradient.h"
#include "lines.h"

/*
 * What belongs to pairs of rows and keys, and is asked for seldom: gradients of biases, of factors and of normalisers that look at rows,
 * and the weights themselves. Numbers of a slab of heads bh0..bh1-1 are written as [bh, row, key]; the other kernels add them up.
 */
enum { SLOPE, FACTOR_SLOPE, WEIGHT, SEEN, SCORE, SPREAD, PULL, PULL_SCORE, PULL_GAIN, PULL_WEIGHT };

/* g: the gradient to the weight before dropout. */
DEVICE A pair_value(const Section* p, const Inputs* in, const Numbers* num, int what, Row r, int j, A score, A g, Facts x) {
  A w;
  if (what >= PULL || what == SLOPE) g *= factor(p, in, -1, r, j);
  switch (what) {
    case SLOPE: return slope_of(p, in, num, r.h, score, g, x);
    case FACTOR_SLOPE: return weight_of(p, in, num, r.h, score, x) * g;
    case WEIGHT: return weight_of(p, in, num, r.h, score, x) * factor(p, in, -1, r, j);
    case SEEN: return C(1);
    case SCORE: return score;
    case SPREAD: return (score - x.a) * (score - x.a);
    case PULL: return g;
    case PULL_SCORE: return g * (score - x.a);
    case PULL_GAIN: return g * ((score - x.a) * x.b);
    default:
      w = exp(score - x.a);
      if (p->norm != CLIP) return w * g;
      score = w * num->a + num->b;
      return score >= 0 && score <= 1 ? w * num->a * g : C(0);
  }
}

KERNEL(256, attend_pairs)
(GRADIENT_INPUTS, GLOBAL A* RESTRICT pairs, int bh0, int what, SECTION_INPUTS) {
  GRADIENT_SHARED;
  int key_tiles = (p.keys + GN - 1) / GN, tiles = (p.queries + GM - 1) / GM;
  int j0 = BLOCK_X % key_tiles * GN, tile = BLOCK_X / key_tiles % tiles, own_head = BLOCK_X / key_tiles / tiles;
  int b = (bh0 + own_head) / p.heads, head = (bh0 + own_head) % p.heads;
  i64 at_k = ((i64)b * p.key_heads + key_head(&p, &in, head)) * p.keys;
  ROW_SETUP(tile, head);
  int meets = 0;
  for (int r = 0; r < GM; r++) meets |= rows[r].from < j0 + GN && rows[r].to > j0;
  if (meets) {
    A s[RM][RN], dp[RM][RN];
    UNROLL for (int i = 0; i < RM; i++) UNROLL for (int j = 0; j < RN; j++) dp[i][j] = 0;
    SCORES;
    if (what >= PULL || what <= FACTOR_SLOPE) VALUES;
    PAIRS(pair_value(&p, &in, &num, what, r, key, score, g, x));
    BARRIER();
  }
  for (int e = THREAD; e < GM * GN; e += 256) {
    int n = tile * GM + e / GN, key = j0 + e % GN;
    if (n < p.queries && key < p.keys)
      pairs[((i64)own_head * p.queries + n) * p.keys + key] = meets ? weights[e / GN][e % GN] : C(0);
  }
}

/*
 * A sum over pairs for every element of a tensor that broadcasts to them: sizes [B or 1, H or 1, rows or 1, keys or 1], rows from `row0` on,
 * written `pitch` apart from column `from` on. `more`: what lies there already is of the same sum; `wide`: it stays in A.
 */
typedef struct {
  Lines lines;
  int size[4];
  int row0, pitch, from, more, wide;
} Sum;

KERNEL(256, attend_sum)
(GLOBAL const A* RESTRICT pairs, GLOBAL A* RESTRICT work, GLOBAL T* RESTRICT out, int bh0, int bh1, int term, Sum s, A times,
 SECTION_INPUTS) {
  SHARED A all[256];
  SECTION_BEGIN;
  int e = line_of(s.lines), rest = e, own = e < s.lines.lines;
  int j = rest % s.size[3];
  rest /= s.size[3];
  int i = rest % s.size[2];
  rest /= s.size[2];
  int h = rest % s.size[1], b = rest / s.size[1];
  int h0 = s.size[1] == 1 ? 0 : h, h1 = s.size[1] == 1 ? p.heads : h + 1;
  int b0 = s.size[0] == 1 ? 0 : b, b1 = s.size[0] == 1 ? p.batch : b + 1;
  int least = b0 * p.heads + h0, most = (b1 - 1) * p.heads + h1 - 1;
  int over_keys = s.size[3] == 1, over_rows = s.size[2] == 1, keys = over_keys ? p.keys : 1;
  int kind = term < 0 ? -1 : p.term[term][0];
  A sum = 0, lost = 0;
  for (int sample = b0; own && sample < b1; sample++)
    for (int hh = h0; hh < h1; hh++) {
      int bh = sample * p.heads + hh;
      if (bh < bh0 || bh >= bh1) continue;
      for (int n = lane_of(s.lines); n < s.lines.n; n += s.lines.lanes) {
        int row = s.row0 + (over_rows ? n / keys : i), key = over_keys ? n % keys : j;
        A v = pairs[((i64)(bh - bh0) * p.queries + row) * p.keys + key];
        if (v != 0 && (kind == ALIBI || kind == DENSE_FACTOR)) {
          Row r = row_of(&p, &in, sample, hh, row);
          v *= kind == ALIBI ? alibi(&p, &in, p.term[term], r, key) : factor(&p, &in, term, r, key);
        }
        /* Kahan's sum: a lane may have a hundred thousand terms. */
        A y = v - lost, next = sum + y;
        lost = (next - sum) - y;
        sum = next;
      }
    }
  sum = line_sum(s.lines, sum, all) * times;
  if (!own || lane_of(s.lines) != 0 || most < bh0 || least >= bh1) return;
  i64 to = (((i64)b * s.size[1] + h) * s.size[2] + i) * s.pitch + s.from + j;
  if (s.more || least < bh0) sum += work[to];
  if (s.wide || most >= bh1) work[to] = sum;
  else STORE(out, to, sum);
}

/*
 * Sums over the pairs that read an entry of a table: block (chunk, head) takes every so many-th row and has a table of its own, which lies at
 * [chunk, head]. Of 256 keys of a row, the first that reads an entry adds up for all that do.
 */
KERNEL(256, attend_table)
(GLOBAL const A* RESTRICT pairs, GLOBAL A* parts, int bh0, int bh1, int term, int table_heads, int entries, int more, SECTION_INPUTS) {
  SHARED A values[256];
  SHARED int places[256];
  SECTION_BEGIN;
  const int* t = p.term[term];
  int head = BLOCK_X % table_heads, chunk = BLOCK_X / table_heads, chunks = BLOCKS_X / table_heads;
  int heads = table_heads == 1 ? p.heads : 1;
  /* Offsets of one row differ but for those beyond the ends of the table. */
  int differ = !p.positions && (t[0] == OFFSETS || t[0] == TOEPLITZ);
  GLOBAL A* table = parts + (i64)BLOCK_X * entries;
  for (int e = THREAD; e < entries && !more; e += 256) table[e] = 0;
  BARRIER();
  for (int n = 0; n < p.batch * heads; n++) {
    int b = n / heads, h = table_heads == 1 ? n % heads : head, bh = b * p.heads + h;
    if (bh < bh0 || bh >= bh1) continue;
    for (int i = chunk; i < p.queries; i += chunks) {
      Row r = row_of(&p, &in, b, h, i);
      for (int j0 = r.from; j0 < r.to; j0 += 256) {
        int j = j0 + THREAD, place = -1;
        A v = j < r.to ? pairs[((i64)(bh - bh0) * p.queries + i) * p.keys + j] : C(0);
        if (v != 0) {
          place = own_entry(&p, &in, t, r, j);
          if (t[0] == TOEPLITZ) v *= factor(&p, &in, term, r, j);
        }
        places[THREAD] = place;
        values[THREAD] = v;
        BARRIER();
        if (place >= 0 && differ && place > 0 && place < entries - 1) table[place] += v;
        else if (place >= 0) {
          int k = 0;
          while (places[k] != place) k++;
          if (k == THREAD) {
            for (k++; k < 256; k++)
              if (places[k] == place) v += values[k];
            table[place] += v;
          }
        }
        BARRIER();
      }
    }
  }
}

/* What follows from sums over a row's pairs, a thread a row; `step` says what. */
enum { MEAN, DEVIATION, PULLED_MEAN, PULLED_DEVIATION, PULLED };

KERNEL(256, attend_facts)
(GLOBAL const A* RESTRICT sum, GLOBAL const A* RESTRICT count, GLOBAL const A* RESTRICT spread, GLOBAL const T* RESTRICT gain,
 GLOBAL A* RESTRICT out, i64 rows, i64 to, int heads, int queries, int step, A eps) {
  i64 row = (i64)BLOCK_X * 256 + THREAD;
  if (row >= rows) return;
  A n = count[row] > 1 ? count[row] : C(1), s = sum[row], deviation = sqrt(spread[row] / n);
  switch (step) {
    case MEAN:
    case PULLED_MEAN: out[to + row] = s / n; break;
    case DEVIATION: out[to + row] = C(1) / (deviation + eps); break;
    case PULLED_DEVIATION: {
      /* A row of equal scores has no slope of its deviation. */
      A inverse = C(1) / (deviation + eps);
      out[to + row] = deviation > 0 ? LOAD(gain, row / queries % heads) * inverse * inverse / deviation * s / n : C(0);
      break;
    }
    default: out[to + row] = eps > 0 ? s - count[row] : s; break;
  }
}
