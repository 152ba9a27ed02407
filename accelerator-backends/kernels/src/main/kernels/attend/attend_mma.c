// variants: bf16 f16
// arch: compute_80
#include "zoo.h"
#include "mma.h"
#include "attend.h"

/*
 * The attention of attend.c by tensor cores, for a softmax of scores that nothing is added to: windows, causal masks, lengths and packed
 * samples are ranges of keys that a row sees. A block takes BM rows.
 */
#define BM 128
#define LOG2_E 1.4426950408889634f
#define LN_2 0.6931471805599453f

#define ATTEND_NAME attend_mma_64
#define D 64
#include "attend_mma_tile.h"
#undef ATTEND_NAME
#undef D
#define ATTEND_NAME attend_mma_128
#define D 128
#include "attend_mma_tile.h"
