/* Which threads of a block work on which piece of which result; see reduce.c. */
#ifndef REDUCTION_H
#define REDUCTION_H

typedef struct {
  int results; /* number of results */
  int n;       /* elements of a result */
  int lanes;   /* threads of a piece, a power of two */
  int rows;    /* whether neighbouring threads take neighbouring elements of a piece, else neighbouring results */
  int parts;   /* pieces of a result */
} Reduction;

DEVICE int line_in_block(Reduction r) { return r.rows ? THREAD / r.lanes : THREAD % (256 / r.lanes); }
DEVICE int lane_of(Reduction r) { return r.rows ? THREAD % r.lanes : THREAD / (256 / r.lanes); }

#endif
