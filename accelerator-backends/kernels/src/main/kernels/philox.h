/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), bit by bit as Philox.java. */
#ifndef PHILOX_H
#define PHILOX_H

typedef struct {
  u32 v[4];
} Words;

/* Block n of a stream: the key is the seed, the counter is n (words 0, 1) and the stream (words 2, 3). */
DEVICE Words philox(u64 seed, u64 stream, u64 n) {
  u32 c0 = (u32)n, c1 = (u32)(n >> 32), c2 = (u32)stream, c3 = (u32)(stream >> 32);
  u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
  UNROLL for (int round = 0; round < 10; round++) {
    u32 n0 = mul_high(0xCD9E8D57u, c2) ^ c1 ^ k0, n2 = mul_high(0xD2511F53u, c0) ^ c3 ^ k1;
    c1 = 0xCD9E8D57u * c2;
    c3 = 0xD2511F53u * c0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  Words w;
  w.v[0] = c0;
  w.v[1] = c1;
  w.v[2] = c2;
  w.v[3] = c3;
  return w;
}

#endif
