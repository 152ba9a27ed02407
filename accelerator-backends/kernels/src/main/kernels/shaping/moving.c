// variants: u8 u16 u32 u64
#include "zoo.h"
#include "pack.h"

/* Ops that move elements of any type by their size; each element of the result is read and written once. */

/* z = condition ? x : y, all three walked. */
KERNEL(256, choose)(GLOBAL const u8* condition, GLOBAL const T* x, GLOBAL const T* y, GLOBAL T* z, i64 n, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, ic, ix, iy;
  if (i >= n) return;
  walk(w, i, &ic, &ix, &iy);
  z[i] = condition[ic] ? x[ix] : y[iy];
}

/* y[walk] = x[from + walk]: views by strides, of which either side may have them. */
#define STRIDED(name, E)                                                                                          \
  KERNEL(256, name)(GLOBAL const E* RESTRICT x, GLOBAL E* RESTRICT y, i64 n, i64 from, i64 to, Walk w) {          \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, iy, none;                                                            \
    if (i >= n) return;                                                                                           \
    walk(w, i, &ix, &iy, &none);                                                                                  \
    y[to + iy] = x[from + ix];                                                                                    \
  }

/* y[i] = x[walk + index[walk] step]: rows of an axis, or single elements of it. Indices were found to be inside. */
#define GATHER(name, E)                                                                                           \
  KERNEL(256, name)(GLOBAL const E* RESTRICT x, GLOBAL const i64* RESTRICT index, GLOBAL E* RESTRICT y, i64 n,    \
                    int step, Walk w) {                                                                           \
    i64 i = (i64)BLOCK_X * 256 + THREAD, ix, ii, none;                                                            \
    if (i >= n) return;                                                                                           \
    walk(w, i, &ix, &ii, &none);                                                                                  \
    y[i] = x[ix + index[ii] * step];                                                                              \
  }

STRIDED(strided, T)
GATHER(gather, T)
#ifdef ZOO_U64
/* In pieces of 16 bytes. */
STRIDED(strided_16, uint4)
GATHER(gather_16, uint4)
#endif

/* y = x, without strides. */
KERNEL(256, copy)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 n, i64 from, i64 to) {
  i64 i = pack_start();
  if (i < n) pack_store(y + to, i, n, pack_load(x + from, i, n));
}

/*
 * y[by + c ycolumn + r] = x[bx + r xrow + c] for r < rows and c < columns. A tile of 32 x 32 goes through
 * shared memory, so that both sides are read and written in rows. The walk over the rest of the axes gives bx and by.
 */
#define TILE 32
KERNEL(256, transpose)
(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, int rows, int columns, int xrow, int ycolumn, int tile_rows,
 int tile_columns, Walk rest) {
  SHARED T tile[TILE][TILE + 1];
  int block = BLOCK_X;
  int c0 = block % tile_columns * TILE, r0 = block / tile_columns % tile_rows * TILE;
  i64 bx, by, none;
  walk(rest, block / tile_columns / tile_rows, &bx, &by, &none);
  int lane = THREAD % TILE, group = THREAD / TILE;
  UNROLL for (int k = 0; k < TILE; k += 8) {
    int r = r0 + group + k, c = c0 + lane;
    if (r < rows && c < columns) tile[group + k][lane] = x[bx + (i64)r * xrow + c];
  }
  BARRIER();
  UNROLL for (int k = 0; k < TILE; k += 8) {
    int r = r0 + lane, c = c0 + group + k;
    if (r < rows && c < columns) y[by + (i64)c * ycolumn + r] = tile[lane][group + k];
  }
}

/* Where the elements of a padded axis come from. */
#define PAD_CONSTANT 0
#define PAD_REFLECT 1
#define PAD_EDGE 2
#define PAD_CIRCULAR 3
typedef struct {
  int size[WALK_AXES];   /* of x */
  int before[WALK_AXES];
  int mode;
} Padding;

DEVICE int pad_source(int at, int n, int mode) {
  if (at >= 0 && at < n) return at;
  switch (mode) {
    case PAD_REFLECT: return at < 0 ? -at : 2 * (n - 1) - at;
    case PAD_EDGE: return at < 0 ? 0 : n - 1;
    case PAD_CIRCULAR: return at < 0 ? at + n : at - n;
    default: return -1;
  }
}

/* The walk goes over y with the strides of x; value is what constant padding holds. */
KERNEL(256, padded)(GLOBAL const T* RESTRICT x, GLOBAL T* RESTRICT y, i64 n, i64 value, Walk w, Padding p) {
  i64 i = (i64)BLOCK_X * 256 + THREAD;
  if (i >= n) return;
  int from = 0, inside = 1;
  u32 rest = (u32)i;
  for (int d = w.rank - 1; d >= 0; d--) {
    u32 next = divided(rest, w.magic[d], w.shift[d]);
    int k = pad_source((int)(rest - next * (u32)w.size[d]) - p.before[d], p.size[d], p.mode);
    inside &= k >= 0;
    from += k * w.stride[0][d];
    rest = next;
  }
  y[i] = inside ? x[from] : (T)value;
}

/* y[i, d] = one where d is index[i], else 0. */
KERNEL(256, one_hot)(GLOBAL const i64* RESTRICT index, GLOBAL T* RESTRICT y, i64 n, i64 one, Walk w) {
  i64 i = (i64)BLOCK_X * 256 + THREAD, row, d, none;
  if (i >= n) return;
  walk(w, i, &row, &d, &none);
  y[i] = index[row] == d ? (T)one : (T)0;
}

KERNEL(256, fill)(GLOBAL T* y, i64 n, i64 value) {
  i64 i = pack_start();
  Pack p;
  UNROLL for (int k = 0; k < PACK; k++) p.v[k] = (T)value;
  if (i < n) pack_store(y, i, n, p);
}
