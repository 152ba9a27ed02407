// variants: bf16 f16
// only: ptx
// arch: compute_90a
#include "zoo.h"
#include "gemm_mma.h"

/*
 * The product of gemm_mma.c by Hopper's wgmma, for operands whose rows lie along k: four warps multiply 64 x 16 by 16 x 128 out of shared
 * memory, where tile_at with four chunks a row is the layout that wgmma calls 64-byte swizzle. No CPU checks it: off unless asked for.
 */
#define WGMMA 1

/* Earlier copies and stores of this thread to shared memory are seen by wgmma once a barrier has been passed. */
DEVICE void wgmma_visible() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
DEVICE void wgmma_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
DEVICE void wgmma_wait() { asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"); }

/*
 * Rows of 64 bytes as wgmma is told of them, from their 16 columns `kk` on: address and the distance of eight rows, both in units of 16
 * bytes, and the number of the swizzle (2: 64 bytes). The distance of columns is not read for such rows.
 */
DEVICE u64 tile_rows(const T* tile, int kk) {
  u32 at = (u32)__cvta_generic_to_shared(tile) + kk * 32;
  return (u64)((at & 0x3ffff) >> 4) | (u64)1 << 16 | (u64)(8 * 64 >> 4) << 32 | (u64)2 << 62;
}

/* c += a b^T; element 4 j + e of c is row 16 (WARP % 4) + LANE / 4 + 8 (e / 2), column 8 j + 2 (LANE % 4) + e % 2. */
#ifdef ZOO_BF16
#define WGMMA_TYPES "bf16.bf16"
#else
#define WGMMA_TYPES "f16.f16"
#endif
DEVICE void wgmma(float* c, u64 a, u64 b) {
  asm volatile("{\n.reg .pred add;\nsetp.eq.u32 add, 0, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n128k16.f32." WGMMA_TYPES " {"
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
               "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
               "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
               "}, %64, %65, add, 1, 1, 0, 0;\n}"
               :
               "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]), "+f"(c[4]), "+f"(c[5]), "+f"(c[6]), "+f"(c[7]),
               "+f"(c[8]), "+f"(c[9]), "+f"(c[10]), "+f"(c[11]), "+f"(c[12]), "+f"(c[13]), "+f"(c[14]), "+f"(c[15]),
               "+f"(c[16]), "+f"(c[17]), "+f"(c[18]), "+f"(c[19]), "+f"(c[20]), "+f"(c[21]), "+f"(c[22]), "+f"(c[23]),
               "+f"(c[24]), "+f"(c[25]), "+f"(c[26]), "+f"(c[27]), "+f"(c[28]), "+f"(c[29]), "+f"(c[30]), "+f"(c[31]),
               "+f"(c[32]), "+f"(c[33]), "+f"(c[34]), "+f"(c[35]), "+f"(c[36]), "+f"(c[37]), "+f"(c[38]), "+f"(c[39]),
               "+f"(c[40]), "+f"(c[41]), "+f"(c[42]), "+f"(c[43]), "+f"(c[44]), "+f"(c[45]), "+f"(c[46]), "+f"(c[47]),
               "+f"(c[48]), "+f"(c[49]), "+f"(c[50]), "+f"(c[51]), "+f"(c[52]), "+f"(c[53]), "+f"(c[54]), "+f"(c[55]),
               "+f"(c[56]), "+f"(c[57]), "+f"(c[58]), "+f"(c[59]), "+f"(c[60]), "+f"(c[61]), "+f"(c[62]), "+f"(c[63])
               : "l"(a), "l"(b));
}

#define GEMM_NAME gemm_wgmma
#define A_BY_K 1
#define B_BY_K 1
#include "gemm_mma_tile.h"
