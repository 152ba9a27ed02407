// variants: bf16 f16
// arch: compute_80
#include "zoo.h"
#include "gemm_mma.h"

/* The product of gemm.c by tensor cores: kernels for operands whose rows lie along k or along m and n. */
#define WGMMA 0
#define GEMM_NAME gemm_mma_rows_rows
#define A_BY_K 1
#define B_BY_K 1
#include "gemm_mma_tile.h"
#define GEMM_NAME gemm_mma_rows_cols
#define A_BY_K 1
#define B_BY_K 0
#include "gemm_mma_tile.h"
#define GEMM_NAME gemm_mma_cols_rows
#define A_BY_K 0
#define B_BY_K 1
#include "gemm_mma_tile.h"
#define GEMM_NAME gemm_mma_cols_cols
#define A_BY_K 0
#define B_BY_K 0
#include "gemm_mma_tile.h"
