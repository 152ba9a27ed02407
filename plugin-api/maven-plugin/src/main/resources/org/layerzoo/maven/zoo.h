/*
 * One kernel source for two languages: CUDA C++ (to PTX) and OpenCL C (to SPIR-V). A source is compiled once for each variant that its
 * first line names:
 *
 *   // variants: f32 f64 bf16 f16
 *
 * T is the type in memory, A the type of arithmetic: A is double for f64, else float. VALUE(t) and ROUNDED(a) go between the two,
 * LOAD(p, i) and STORE(p, i, v) between memory and A; BF16 and F16 round half to even. Variants u8 u16 u32 u64 are for kernels that only move bits: there T is unsigned and A is T.
 *
 * A kernel is KERNEL(threads, name)(GLOBAL const T* x, ...) with blocks of exactly `threads` threads in one dimension.
 */
#ifndef ZOO_H
#define ZOO_H

#ifdef __CUDACC__

#define KERNEL(threads, name) extern "C" __global__ void __launch_bounds__(threads) name
#define DEVICE static __device__ __forceinline__
#define GLOBAL
#define SHARED __shared__
#define RESTRICT __restrict__
#define BARRIER() __syncthreads()
#define THREAD ((int)threadIdx.x)
#define BLOCK_X ((int)blockIdx.x)
#define BLOCK_Y ((int)blockIdx.y)
#define BLOCK_Z ((int)blockIdx.z)
#define BLOCKS_X ((int)gridDim.x)
#define BLOCKS_Y ((int)gridDim.y)
#define BLOCKS_Z ((int)gridDim.z)
#define UNROLL _Pragma("unroll")

typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

DEVICE float bits_to_float(u32 b) { return __uint_as_float(b); }
DEVICE u32 float_to_bits(float x) { return __float_as_uint(x); }
DEVICE double bits_to_double(u64 b) { return __longlong_as_double((i64)b); }
DEVICE u64 double_to_bits(double x) { return (u64)__double_as_longlong(x); }
DEVICE u32 mul_high(u32 a, u32 b) { return __umulhi(a, b); }
DEVICE float half_to_float(u16 h) {
  float f;
  asm("{cvt.f32.f16 %0, %1;}" : "=f"(f) : "h"(h));
  return f;
}
DEVICE u16 float_to_half(float x) {
  u16 h;
  asm("{cvt.rn.f16.f32 %0, %1;}" : "=h"(h) : "f"(x));
  return h;
}

#else /* OpenCL C */

#pragma OPENCL EXTENSION cl_khr_fp64 : enable

#define KERNEL(threads, name) __kernel __attribute__((reqd_work_group_size(threads, 1, 1))) void name
#define DEVICE static inline
#define GLOBAL __global
#define SHARED __local
#define RESTRICT restrict
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define THREAD ((int)get_local_id(0))
#define BLOCK_X ((int)get_group_id(0))
#define BLOCK_Y ((int)get_group_id(1))
#define BLOCK_Z ((int)get_group_id(2))
#define BLOCKS_X ((int)get_num_groups(0))
#define BLOCKS_Y ((int)get_num_groups(1))
#define BLOCKS_Z ((int)get_num_groups(2))
#define UNROLL _Pragma("unroll")

typedef long i64;
typedef uchar u8;
typedef ushort u16;
typedef uint u32;
typedef ulong u64;

DEVICE float bits_to_float(u32 b) { return as_float(b); }
DEVICE u32 float_to_bits(float x) { return as_uint(x); }
DEVICE double bits_to_double(u64 b) { return as_double(b); }
DEVICE u64 double_to_bits(double x) { return as_ulong(x); }
DEVICE u32 mul_high(u32 a, u32 b) { return mul_hi(a, b); }

/* In whole numbers, since not every driver has the built-in functions: below 2^-14 a half counts steps of 2^-24. */
DEVICE float half_to_float(u16 bits) {
  u32 h = bits;
  u32 exponent = (h >> 10) & 31u, fraction = h & 1023u, sign = (h & 0x8000u) << 16;
  if (exponent == 31u) return bits_to_float(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0u) return bits_to_float(sign | ((exponent + 112u) << 23) | (fraction << 13));
  float f = (float)fraction * 0x1p-24f;
  return sign ? -f : f;
}
DEVICE u16 float_to_half(float x) {
  u32 b = float_to_bits(x), sign = (b >> 16) & 0x8000u;
  b &= 0x7fffffffu;
  u32 h;
  if (b > 0x7f800000u) h = 0x7e00u;
  else if (b < 0x38800000u) h = (u32)rint(bits_to_float(b) * 0x1p24f);
  else h = min(((b + 0xfffu + ((b >> 13) & 1u)) >> 13) - (112u << 10), 0x7c00u);
  return (u16)(sign | h);
}

#endif

DEVICE float bf16_to_float(u16 b) { return bits_to_float((u32)b << 16); }

/* Half to even; NaN stays NaN. */
DEVICE u16 float_to_bf16(float x) {
  u32 b = float_to_bits(x);
  if ((b & 0x7fffffffu) > 0x7f800000u) return (u16)((b >> 16) | 0x40u);
  return (u16)((b + 0x7fffu + ((b >> 16) & 1u)) >> 16);
}

#if defined(ZOO_F32)
typedef float T;
typedef float A;
#define VALUE(t) (t)
#define ROUNDED(a) (a)
#elif defined(ZOO_F64)
typedef double T;
typedef double A;
#define VALUE(t) (t)
#define ROUNDED(a) (a)
#elif defined(ZOO_BF16)
typedef u16 T;
typedef float A;
#define VALUE(t) bf16_to_float(t)
#define ROUNDED(a) float_to_bf16(a)
#elif defined(ZOO_F16)
typedef u16 T;
typedef float A;
#define VALUE(t) half_to_float(t)
#define ROUNDED(a) float_to_half(a)
#elif defined(ZOO_U8)
typedef u8 T;
typedef u8 A;
#elif defined(ZOO_U16)
typedef u16 T;
typedef u16 A;
#elif defined(ZOO_U32)
typedef u32 T;
typedef u32 A;
#elif defined(ZOO_U64)
typedef u64 T;
typedef u64 A;
#endif
#if defined(ZOO_U8) || defined(ZOO_U16) || defined(ZOO_U32) || defined(ZOO_U64)
#define VALUE(t) (t)
#define ROUNDED(a) (a)
#endif

#define LOAD(p, i) VALUE((p)[i])
#define STORE(p, i, v) ((p)[i] = ROUNDED(v))

/* A constant in the type of arithmetic: a bare 0.5 is a double. */
#define C(x) ((A)(x))

#ifdef ZOO_F64
#define INF bits_to_double(0x7ff0000000000000ul)
#define NOT_A_NUMBER bits_to_double(0x7ff8000000000000ul)
#else
#define INF bits_to_float(0x7f800000u)
#define NOT_A_NUMBER bits_to_float(0x7fc00000u)
#endif

/*
 * How a flat index of a result finds its place in up to three operands: sizes and strides of its axes, the last one fastest. Indices are
 * below 2^31; dividing by a size is multiplying by its magic number, since a division takes twenty instructions.
 */
#define WALK_AXES 8
typedef struct {
  int rank;
  int size[WALK_AXES];
  int stride[3][WALK_AXES];
  int magic[WALK_AXES];
  int shift[WALK_AXES];
} Walk;

/* i / d for i < 2^31. */
DEVICE u32 divided(u32 i, int magic, int shift) { return (mul_high(i, (u32)magic) + i) >> shift; }

DEVICE void walk(Walk w, i64 i, i64* at0, i64* at1, i64* at2) {
  int a = 0, b = 0, c = 0;
  u32 rest = (u32)i;
  for (int d = w.rank - 1; d > 0; d--) {
    u32 next = divided(rest, w.magic[d], w.shift[d]);
    int k = (int)(rest - next * (u32)w.size[d]);
    a += k * w.stride[0][d];
    b += k * w.stride[1][d];
    c += k * w.stride[2][d];
    rest = next;
  }
  *at0 = a + (int)rest * w.stride[0][0];
  *at1 = b + (int)rest * w.stride[1][0];
  *at2 = c + (int)rest * w.stride[2][0];
}

#endif
