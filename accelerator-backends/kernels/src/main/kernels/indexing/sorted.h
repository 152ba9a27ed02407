/* Runs of equal keys in sorted order. */
#ifndef SORTED_H
#define SORTED_H

/* How many of n sorted keys are below `key`. */
DEVICE int below(GLOBAL const u32* keys, int n, u32 key) {
  int low = 0, high = n;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

#endif
