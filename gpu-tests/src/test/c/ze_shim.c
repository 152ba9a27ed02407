// A Level Zero loader for tests: the functions that LayerZoo calls, over the first OpenCL device of this machine. It is stricter than
// drivers are: lists run out of order but for barriers, copies reach only memory that was allocated here, two threads may not be in one
// list or kernel at once, an event is signalled once and reset when it is done, descriptors carry their type.
//
//   gcc -shared -fPIC -O1 -o libze_shim.so ze_shim.c -l:libOpenCL.so.1 -lpthread
//
// What goes wrong on other machines is compiled in:
//   -DINIT_RESULT=0x78000001   no driver          -DDEVICES=0            a driver without a device
//   -DAPI_VERSION=0x5b         an old driver      -DSPIRV_VERSION=0      a driver without SPIR-V
//   -DMEMORY=1048576           little memory      -DOLD_LOADER           a loader that lacks functions
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef INIT_RESULT
#define INIT_RESULT 0
#endif
#ifndef DEVICES
#define DEVICES 1
#endif
#ifndef API_VERSION
#define API_VERSION 0x10003
#endif
#ifndef SPIRV_VERSION
#define SPIRV_VERSION 0x10002
#endif
#ifndef MEMORY
#define MEMORY (1L << 40)
#endif

enum {
  OUT_OF_DEVICE_MEMORY = 0x70000003,
  MODULE_BUILD_FAILURE = 0x70000004,
  UNINITIALIZED = 0x78000001,
  INVALID_ARGUMENT = 0x78000004,
  IN_USE = 0x78000006,
  INVALID_SYNCHRONIZATION_OBJECT = 0x7800000b,
  INVALID_KERNEL_NAME = 0x78000011,
  INVALID_GROUP_SIZE = 0x78000013,
  INVALID_KERNEL_ARGUMENT_SIZE = 0x78000016,
  UNKNOWN = 0x7ffffffe
};

// ---- OpenCL, as far as it is used

typedef void *cl;
int clGetPlatformIDs(unsigned, cl *, unsigned *);
int clGetDeviceIDs(cl, uint64_t, unsigned, cl *, unsigned *);
int clGetDeviceInfo(cl, unsigned, size_t, void *, size_t *);
cl clCreateContext(const intptr_t *, unsigned, const cl *, void *, void *, int *);
cl clCreateCommandQueueWithProperties(cl, cl, const uint64_t *, int *);
void *clSVMAlloc(cl, uint64_t, size_t, unsigned);
void clSVMFree(cl, void *);
int clEnqueueSVMMemcpy(cl, unsigned, void *, const void *, size_t, unsigned, const cl *, cl *);
cl clCreateProgramWithBinary(cl, unsigned, const cl *, const size_t *, const unsigned char **, int *, int *);
int clBuildProgram(cl, unsigned, const cl *, const char *, void *, void *);
int clGetProgramBuildInfo(cl, cl, unsigned, size_t, void *, size_t *);
cl clCreateKernel(cl, const char *, int *);
int clSetKernelArg(cl, unsigned, size_t, const void *);
int clSetKernelArgSVMPointer(cl, unsigned, const void *);
int clEnqueueNDRangeKernel(cl, cl, unsigned, const size_t *, const size_t *, const size_t *, unsigned, const cl *, cl *);
int clEnqueueBarrierWithWaitList(cl, unsigned, const cl *, cl *);
int clWaitForEvents(unsigned, const cl *);
int clGetEventInfo(cl, unsigned, size_t, void *, size_t *);
int clReleaseEvent(cl);
int clFlush(cl);

static cl device, context;

// ---- Level Zero's structures, as far as they are used

typedef struct { uint32_t stype; void *next; } base;
typedef struct {
  base b; uint32_t type, vendor, id, flags, subdevice, clock; uint64_t most; uint32_t contexts, priority, threads_per_eu, simd, eus,
  subslices, slices; uint64_t timer; uint32_t bits, kernel_bits; uint8_t uuid[16]; char name[256];
} device_properties;
typedef struct { base b; uint32_t group, x, y, z, count_x, count_y, count_z, shared, subgroups, sizes[8]; } compute_properties;
typedef struct { base b; uint32_t spirv, flags, fp16, fp32, fp64, arguments, print; uint8_t uuid[16]; } module_properties;
typedef struct { base b; uint32_t flags; size_t pattern; uint32_t queues; } group_properties;
typedef struct { base b; uint32_t ordinal, index, flags, mode, priority; } queue_desc;
typedef struct { base b; uint32_t flags, count; } pool_desc;
typedef struct { base b; uint32_t index, signal, wait; } event_desc;
typedef struct { base b; uint32_t format; size_t size; const uint8_t *code; const char *flags; const void *constants; } module_desc;
typedef struct { base b; uint32_t flags; const char *name; } kernel_desc;

static int typed(const void *s, uint32_t type) { return s && ((const base *)s)->stype == type && !((const base *)s)->next; }
#define EXPECT(condition, error) do { if (!(condition)) return error; } while (0)

// ---- driver and device

int zeInit(uint32_t flags) {
  EXPECT(INIT_RESULT == 0, INIT_RESULT);
  cl platform;
  EXPECT(!clGetPlatformIDs(1, &platform, NULL), UNINITIALIZED);
  EXPECT(!clGetDeviceIDs(platform, 0xFFFFFFFF, 1, &device, NULL), UNINITIALIZED);
  if (!context) context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  return context ? 0 : UNINITIALIZED;
}

static int listed(uint32_t *count, uint32_t n, void **out, void *handle) {
  if (out && *count) out[0] = handle;
  if (!out || *count > n) *count = n;
  return 0;
}

int zeDriverGet(uint32_t *count, void **out) { return listed(count, 1, out, &context); }
int zeDeviceGet(void *driver, uint32_t *count, void **out) { return listed(count, DEVICES, out, &device); }
int zeDriverGetApiVersion(void *driver, uint32_t *version) { *version = API_VERSION; return 0; }

static uint64_t info(unsigned what) {
  uint64_t v = 0;
  clGetDeviceInfo(device, what, sizeof v, &v, NULL);
  return v;
}

int zeDeviceGetProperties(void *d, device_properties *p) {
  EXPECT(d == &device && typed(p, 0x3), INVALID_ARGUMENT);
  p->type = 2;
  p->most = MEMORY;
  p->eus = 1, p->subslices = info(0x1002), p->slices = 1;
  char name[200] = "";
  clGetDeviceInfo(device, 0x102B, sizeof name, name, NULL);
  snprintf(p->name, sizeof p->name, "shim over %s", name);
  return 0;
}

int zeDeviceGetComputeProperties(void *d, compute_properties *p) {
  EXPECT(d == &device && typed(p, 0x4), INVALID_ARGUMENT);
  p->group = p->x = info(0x1004), p->y = p->z = 1;
  p->count_x = 0x7fffffff, p->count_y = p->count_z = 65535;
  p->shared = info(0x1023) > 0x7fffffff ? 0x7fffffff : info(0x1023);
  return 0;
}

int zeDeviceGetModuleProperties(void *d, module_properties *p) {
  EXPECT(d == &device && typed(p, 0x5), INVALID_ARGUMENT);
  p->spirv = SPIRV_VERSION;
  p->flags = info(0x1032) ? 2 : 0;
  return 0;
}

// As on real devices: one group that only copies, one that computes.
int zeDeviceGetCommandQueueGroupProperties(void *d, uint32_t *count, group_properties *p) {
  for (uint32_t i = 0; p && i < *count && i < 2; i++) {
    EXPECT(typed(p + i, 0x6), INVALID_ARGUMENT);
    p[i].flags = i ? 3 : 2;
    p[i].queues = 1;
  }
  *count = 2;
  return 0;
}

int zeContextCreate(void *driver, const void *desc, void **out) {
  EXPECT(driver == &context && typed(desc, 0xd), INVALID_ARGUMENT);
  *out = &context;
  return 0;
}

// ---- memory

typedef struct block { char *at; size_t size; struct block *next; } block;
static block *blocks;
static size_t taken;
static pthread_mutex_t memory = PTHREAD_MUTEX_INITIALIZER;

static int inside(const void *p, size_t n) {
  pthread_mutex_lock(&memory);
  block *b = blocks;
  while (b && !((char *)p >= b->at && (char *)p + n <= b->at + b->size)) b = b->next;
  pthread_mutex_unlock(&memory);
  return b != NULL;
}

static int allocate(size_t size, size_t align, void **out) {
  EXPECT(size && align && !(align & (align - 1)), INVALID_ARGUMENT);
  pthread_mutex_lock(&memory);
  block *b = taken + size <= MEMORY ? malloc(sizeof(block)) : NULL;
  if (b) {
    *b = (block){clSVMAlloc(context, 1, size, align > 128 ? 128 : align), size, blocks};
    if (b->at) blocks = b, taken += size;
  }
  pthread_mutex_unlock(&memory);
  EXPECT(b && b->at, OUT_OF_DEVICE_MEMORY);
  *out = b->at;
  return 0;
}

int zeMemAllocDevice(void *c, const void *desc, size_t size, size_t align, void *d, void **out) {
  EXPECT(c == &context && d == &device && typed(desc, 0x15), INVALID_ARGUMENT);
  return allocate(size, align, out);
}

int zeMemAllocHost(void *c, const void *desc, size_t size, size_t align, void **out) {
  EXPECT(c == &context && typed(desc, 0x16), INVALID_ARGUMENT);
  return allocate(size, align, out);
}

int zeMemFree(void *c, void *p) {
  pthread_mutex_lock(&memory);
  block **b = &blocks;
  while (*b && (*b)->at != p) b = &(*b)->next;
  block *gone = *b;
  if (gone) *b = gone->next, taken -= gone->size;
  pthread_mutex_unlock(&memory);
  EXPECT(gone, INVALID_ARGUMENT);
  clSVMFree(context, gone->at);
  free(gone);
  return 0;
}

// ---- modules and kernels

typedef struct { cl program; } module;
typedef struct { cl kernel; size_t threads; int busy; } kernel;

static int enter(int *busy) { return !__atomic_exchange_n(busy, 1, __ATOMIC_ACQUIRE); }
static int leave(int *busy, int result) {
  __atomic_store_n(busy, 0, __ATOMIC_RELEASE);
  return result;
}

static char *read_all(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  if (!f) return NULL;
  fseek(f, 0, SEEK_END);
  *size = ftell(f);
  rewind(f);
  char *s = calloc(1, *size + 1);
  if (fread(s, 1, *size, f) != *size) *size = 0;
  fclose(f);
  return s;
}

// SPIR-V to the SPIR that PoCL takes, by the tool; what it says goes to `log`.
static char *translate(const module_desc *desc, size_t *size, char **log) {
  char folder[] = "/tmp/ze-shim-XXXXXX", in[64], out[64], said[64];
  if (!mkdtemp(folder)) return NULL;
  snprintf(in, 64, "%s/in.spv", folder), snprintf(out, 64, "%s/out.bc", folder), snprintf(said, 64, "%s/log", folder);
  FILE *f = fopen(in, "wb");
  fwrite(desc->code, 1, desc->size, f);
  fclose(f);
  posix_spawn_file_actions_t to;
  posix_spawn_file_actions_init(&to);
  posix_spawn_file_actions_addopen(&to, 1, said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&to, 1, 2);
  char *command[] = {"llvm-spirv-15", "-r", in, "-o", out, NULL};
  extern char **environ;
  pid_t pid;
  int status = 1;
  if (!posix_spawnp(&pid, command[0], &to, NULL, command, environ)) waitpid(pid, &status, 0);
  posix_spawn_file_actions_destroy(&to);
  char *code = status == 0 ? read_all(out, size) : NULL;
  size_t n;
  *log = read_all(said, &n);
  unlink(in), unlink(out), unlink(said), rmdir(folder);
  return code;
}

int zeModuleCreate(void *c, void *d, const module_desc *desc, module **out, char **log) {
  EXPECT(typed(desc, 0x1b) && desc->format == 0 && d == &device, INVALID_ARGUMENT);
  EXPECT(!desc->flags || !strncmp(desc->flags, "-ze-opt-", 8), INVALID_ARGUMENT);
  char *said = NULL;
  size_t size = 0;
  char *code = translate(desc, &size, &said);
  cl program = NULL;
  if (code) {
    const unsigned char *binary = (unsigned char *)code;
    program = clCreateProgramWithBinary(context, 1, &device, &size, &binary, NULL, NULL);
    if (program && clBuildProgram(program, 1, &device, "-x spir -spir-std=1.2", NULL, NULL)) {
      free(said);
      said = calloc(1, 1 << 16);
      clGetProgramBuildInfo(program, device, 0x1183, (1 << 16) - 1, said, NULL);
      program = NULL;
    }
    free(code);
  }
  if (log) *log = said; else free(said);
  EXPECT(program, MODULE_BUILD_FAILURE);
  *out = malloc(sizeof(module));
  (*out)->program = program;
  return 0;
}

int zeModuleBuildLogGetString(char *log, size_t *size, char *out) {
  if (out) memcpy(out, log, *size);
  else *size = strlen(log) + 1;
  return 0;
}

int zeModuleBuildLogDestroy(char *log) { free(log); return 0; }

int zeKernelCreate(module *m, const kernel_desc *desc, kernel **out) {
  EXPECT(typed(desc, 0x1d), INVALID_ARGUMENT);
  cl k = clCreateKernel(m->program, desc->name, NULL);
  EXPECT(k, INVALID_KERNEL_NAME);
  *out = malloc(sizeof(kernel));
  **out = (kernel){k, 0, 0};
  return 0;
}

int zeKernelSetGroupSize(kernel *k, uint32_t x, uint32_t y, uint32_t z) {
  EXPECT(y == 1 && z == 1 && x >= 1 && x <= info(0x1004), INVALID_GROUP_SIZE);
  EXPECT(enter(&k->busy), IN_USE);
  k->threads = x;
  return leave(&k->busy, 0);
}

int zeKernelSetArgumentValue(kernel *k, uint32_t i, size_t size, const void *value) {
  EXPECT(enter(&k->busy), IN_USE);
  int pointer = size == 8 && inside(*(void *const *)value, 0);
  int status = pointer ? clSetKernelArgSVMPointer(k->kernel, i, *(void *const *)value) : clSetKernelArg(k->kernel, i, size, value);
  return leave(&k->busy, status ? INVALID_KERNEL_ARGUMENT_SIZE : 0);
}

// ---- events

typedef struct { cl event; } event;

int zeEventPoolCreate(void *c, const pool_desc *desc, uint32_t n, void *devices, uint32_t **out) {
  EXPECT(typed(desc, 0x10) && desc->count && (desc->flags & 1), INVALID_ARGUMENT);
  *out = malloc(sizeof(uint32_t));
  **out = desc->count;
  return 0;
}

int zeEventCreate(uint32_t *pool, const event_desc *desc, event **out) {
  EXPECT(typed(desc, 0x11) && desc->index < *pool, INVALID_ARGUMENT);
  *out = calloc(1, sizeof(event));
  return 0;
}

int zeEventHostSynchronize(event *e, uint64_t timeout) {
  EXPECT(e->event && timeout == UINT64_MAX, INVALID_SYNCHRONIZATION_OBJECT);
  return clWaitForEvents(1, &e->event) ? UNKNOWN : 0;
}

int zeEventHostReset(event *e) {
  int state = 1;
  EXPECT(e->event && !clGetEventInfo(e->event, 0x11D3, sizeof state, &state, NULL), INVALID_SYNCHRONIZATION_OBJECT);
  EXPECT(state == 0, INVALID_SYNCHRONIZATION_OBJECT);
  clReleaseEvent(e->event);
  e->event = NULL;
  return 0;
}

// ---- lists

typedef struct { cl queue; int busy; } list;

int zeCommandListCreateImmediate(void *c, void *d, const queue_desc *desc, list **out) {
  EXPECT(typed(desc, 0xe) && desc->ordinal == 1 && desc->mode == 2 && desc->flags == 0, INVALID_ARGUMENT);
  uint64_t out_of_order[] = {0x1093, 1, 0};
  cl q = clCreateCommandQueueWithProperties(context, device, out_of_order, NULL);
  EXPECT(q, UNKNOWN);
  *out = malloc(sizeof(list));
  **out = (list){q, 0};
  return 0;
}

static int done(list *l, int status) {
  clFlush(l->queue);
  return leave(&l->busy, status ? UNKNOWN : 0);
}

static int fresh(event *e) { return !e || !e->event; }
static cl *slot(event *e) { return e ? &e->event : NULL; }

int zeCommandListAppendLaunchKernel(list *l, kernel *k, const uint32_t *groups, event *signal, uint32_t n, event **waits) {
  EXPECT(k->threads && n == 0, INVALID_ARGUMENT);
  EXPECT(fresh(signal), INVALID_SYNCHRONIZATION_OBJECT);
  EXPECT(enter(&l->busy), IN_USE);
  size_t global[] = {groups[0] * k->threads, groups[1], groups[2]}, local[] = {k->threads, 1, 1};
  return done(l, clEnqueueNDRangeKernel(l->queue, k->kernel, 3, NULL, global, local, 0, NULL, slot(signal)));
}

int zeCommandListAppendMemoryCopy(list *l, void *to, const void *from, size_t size, event *signal, uint32_t n, event **waits) {
  EXPECT(n == 0 && size && inside(to, size) && inside(from, size), INVALID_ARGUMENT);
  EXPECT(fresh(signal), INVALID_SYNCHRONIZATION_OBJECT);
  EXPECT(enter(&l->busy), IN_USE);
  return done(l, clEnqueueSVMMemcpy(l->queue, 0, to, from, size, 0, NULL, slot(signal)));
}

#ifndef OLD_LOADER
int zeCommandListAppendBarrier(list *l, event *signal, uint32_t n, event **waits) {
  EXPECT(fresh(signal), INVALID_SYNCHRONIZATION_OBJECT);
  EXPECT(enter(&l->busy), IN_USE);
  int status = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (!waits[i]->event) return leave(&l->busy, INVALID_SYNCHRONIZATION_OBJECT);
    status |= clEnqueueBarrierWithWaitList(l->queue, 1, &waits[i]->event, NULL);
  }
  return done(l, status | clEnqueueBarrierWithWaitList(l->queue, 0, NULL, slot(signal)));
}
#endif
