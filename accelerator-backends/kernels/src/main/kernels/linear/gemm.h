/* A product of matrices as its kernels are given it, and what they do to a sum. */
#ifndef GEMM_H
#define GEMM_H

#include "activation.h"

/*
 * C[m, n] = activation(sum_k A[m, k] B[k, n] + bias) for a batch of matrices that broadcast. Each operand has a stride along each of its
 * two axes, so that transposed ones and the transposed product need no copy. With splits > 1 the blocks of one tile share the sum over k
 * and leave parts in `work`, which gemm_join adds in order.
 */
typedef struct {
  int m, n, k;
  int a_m, a_k, b_k, b_n, c_m, c_n;
  int bias_m, bias_n, has_bias, activation;
  int splits, k_split;
  int results;
} Product;

DEVICE A finish(A sum, GLOBAL const T* bias, int m, int n, Product p) {
  if (p.has_bias) sum += LOAD(bias, m * p.bias_m + n * p.bias_n);
  return activate(sum, p.activation);
}

#endif
