// variants: bf16 f16
// arch: compute_80
#include "zoo.h"
#include "mma.h"
#include "attend.h"

/* The gradients of attend_gradient.c by tensor cores, where the attention is one of attend_mma.c. Rows that a block owns, and walks over: */
#define BM 128
#define WALKED 32
#define LOG2_E 1.4426950408889634f

#define D 64
#define GRADIENT_NAME attend_dq_mma_64
#define OWN_QUERIES 1
#define OF_VALUES 0
#include "attend_gradient_mma_tile.h"
#define GRADIENT_NAME attend_dk_mma_64
#define OWN_QUERIES 0
#define OF_VALUES 0
#include "attend_gradient_mma_tile.h"
#define GRADIENT_NAME attend_dv_mma_64
#define OWN_QUERIES 0
#define OF_VALUES 1
#include "attend_gradient_mma_tile.h"
#undef D
#define D 128
#define GRADIENT_NAME attend_dq_mma_128
#define OWN_QUERIES 1
#define OF_VALUES 0
#include "attend_gradient_mma_tile.h"
#define GRADIENT_NAME attend_dk_mma_128
#define OWN_QUERIES 0
#define OF_VALUES 0
#include "attend_gradient_mma_tile.h"
#define GRADIENT_NAME attend_dv_mma_128
#define OWN_QUERIES 0
#define OF_VALUES 1
#include "attend_gradient_mma_tile.h"
#undef D
