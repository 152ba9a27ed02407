/* Integers: T is unsigned, so that arithmetic wraps; S is the same number with its sign. BOOL is u8 and has none; floats are A. */
#ifndef SIGNED_H
#define SIGNED_H

#if defined(ZOO_U32)
typedef int S;
#define LEAST ((T)0x80000000u)
#elif defined(ZOO_U64)
typedef i64 S;
#define LEAST ((T)0x8000000000000000ul)
#elif defined(ZOO_U8)
typedef T S;
#define LEAST ((T)0)
#else
typedef A S;
#endif
#define GREATEST ((T) ~LEAST)

#endif
