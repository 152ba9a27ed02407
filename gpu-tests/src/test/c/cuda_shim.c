/*
 * A CUDA driver for tests: what org.layerzoo.cuda calls of libcuda, over OpenCL, so that the host code runs where there is no NVIDIA GPU.
 * A module is the PTX text it is given; what runs is the SPIR-V that lies beside the same text in the folder named by shim_kernels() or CUDA_SHIM_KERNELS.
 * It is stricter than the real driver where that finds mistakes: a call needs a context on its thread, copies need pinned host memory,
 * device memory starts as NaN, and a recording stream takes launches and copies only.
 *
 * gcc -shared -fPIC -O1 -o libcuda-shim.so cuda_shim.c cublaslt_shim.c -lm -l:libOpenCL.so.1 -lpthread
 */
#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The part of OpenCL 2.0 that is needed; its headers may not be installed. */
typedef int32_t cl_int;
typedef uint32_t cl_uint;
extern cl_int clGetPlatformIDs(cl_uint, void **, cl_uint *);
extern cl_int clGetDeviceIDs(void *, uint64_t, cl_uint, void **, cl_uint *);
extern void *clCreateContext(const void *, cl_uint, void **, void *, void *, cl_int *);
extern void *clCreateCommandQueueWithProperties(void *, void *, const void *, cl_int *);
extern void *clSVMAlloc(void *, uint64_t, size_t, cl_uint);
extern void clSVMFree(void *, void *);
extern cl_int clEnqueueSVMMemcpy(void *, cl_uint, void *, const void *, size_t, cl_uint, void **, void **);
extern void *clCreateProgramWithBinary(void *, cl_uint, void **, const size_t *, const unsigned char **, cl_int *, cl_int *);
extern cl_int clBuildProgram(void *, cl_uint, void **, const char *, void *, void *);
extern void *clCreateKernel(void *, const char *, cl_int *);
extern cl_int clSetKernelArg(void *, cl_uint, size_t, const void *);
extern cl_int clSetKernelArgSVMPointer(void *, cl_uint, const void *);
extern cl_int clEnqueueNDRangeKernel(void *, void *, cl_uint, const size_t *, const size_t *, const size_t *, cl_uint, void **, void **);
extern cl_int clEnqueueMarkerWithWaitList(void *, cl_uint, void **, void **);
extern cl_int clEnqueueBarrierWithWaitList(void *, cl_uint, void **, void **);
extern cl_int clWaitForEvents(cl_uint, void **);
extern cl_int clReleaseEvent(void *);
extern cl_int clFlush(void *);
extern cl_int clFinish(void *);

enum { OK = 0, INVALID = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, BAD_CONTEXT = 201, BAD_PTX = 218, NOT_FOUND = 500,
       CAPTURE_UNSUPPORTED = 900 };
enum { MOST_PARAMS = 64, MOST_BYTES = 4096, CUDA_CONTEXT = 0x7a00 };

typedef struct Block { char *at; size_t bytes; int pinned; struct Block *next; } Block;
typedef struct { char *ptx; void *program; } Module;
typedef struct { void *kernel; int params; int bytes[MOST_PARAMS]; } Function;
typedef struct Step {
  Function *function; /* null: a copy */
  size_t global[3], local[3];
  char values[MOST_BYTES];
  void *to; const void *from; size_t n;
  void (*host)(void *), *argument; /* work of a library, done on the host */
  struct Step *next;
} Step;
typedef struct { Step *first, *last; } Graph;
typedef struct { void *queue; int capturing; Graph *graph; } Stream;
typedef struct { void *event; } Event;

/* What tests set and read. */
static struct { const char *name; long value; } knobs[] = {
  {"init", OK}, {"version", 12040}, {"devices", 1}, {"capability", 90}, {"memory", 1L << 32}, {"launch", OK}, {"dry", 0},
  {"launches", 0}, {"live", 0}, {"graphs", 0}, {"unpinned", 0}, {"allocations", 0}, {"uploads", 0},
  {"contexts", 0}};
static char kernels[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Block *blocks;
static void *device, *context;
static int initialized;
static __thread long current;

static long *knob(const char *name) {
  for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++)
    if (!strcmp(knobs[i].name, name)) return &knobs[i].value;
  fprintf(stderr, "cuda shim: no knob %s\n", name);
  abort();
}
static void count(const char *name, long by) { __atomic_add_fetch(knob(name), by, __ATOMIC_SEQ_CST); }
void shim_kernels(const char *folder) { snprintf(kernels, sizeof kernels, "%s", folder); }
void shim_set(const char *name, long value) { *knob(name) = value; }
long shim_get(const char *name) { return *knob(name); }

/* The queues run on the first OpenCL device of the machine. */
static int open_device(void) {
  void *platforms[8];
  cl_uint n = 0;
  cl_int status;
  if (context) return OK;
  if (clGetPlatformIDs(8, platforms, &n) || !n || clGetDeviceIDs(platforms[0], 0xFFFFFFFFu, 1, &device, NULL)) return NO_DEVICE;
  context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
  return status ? NO_DEVICE : OK;
}

static Block *block_of(const void *p) {
  Block *b = blocks;
  while (b && ((const char *)p < b->at || (const char *)p >= b->at + b->bytes)) b = b->next;
  return b;
}
static int known(const void *p, int pinned) {
  pthread_mutex_lock(&lock);
  Block *b = block_of(p);
  int yes = b && b->pinned == pinned;
  pthread_mutex_unlock(&lock);
  return yes;
}
static void keep(void *at, size_t bytes, int pinned) {
  Block *b = malloc(sizeof *b);
  pthread_mutex_lock(&lock);
  *b = (Block){at, bytes, pinned, blocks};
  blocks = b;
  pthread_mutex_unlock(&lock);
}

/* ---- devices and contexts */
int cuInit(unsigned flags) {
  (void)flags;
  int status = (int)*knob("init");
  if (!status) status = open_device();
  initialized = !status;
  return status;
}
int cuDriverGetVersion(int *v) { *v = (int)*knob("version"); return OK; }
int cuDeviceGetCount(int *n) { *n = (int)*knob("devices"); return initialized ? OK : NOT_INITIALIZED; }
int cuDeviceGet(int *d, int i) { *d = i + 40; return initialized ? OK : NOT_INITIALIZED; }
int cuDeviceGetName(char *name, int n, int d) { snprintf(name, n, "Test GPU %d", d - 40); return OK; }
int cuDeviceTotalMem_v2(size_t *bytes, int d) { (void)d; *bytes = *knob("memory"); return OK; }
int cuDeviceGetAttribute(int *v, int what, int d) {
  int capability = (int)*knob("capability");
  if (d < 40) return INVALID;
  *v = what == 1 ? 1024 : what == 8 ? 49152 : what == 16 ? 4 : what == 75 ? capability / 10 : what == 76 ? capability % 10 : -1;
  return *v < 0 ? INVALID : OK;
}
int cuGetErrorString(int status, const char **text) {
  *text = status == NO_DEVICE ? "no CUDA-capable device is detected" : status == OUT_OF_MEMORY ? "out of memory"
      : status == 719 ? "unspecified launch failure" : status == BAD_PTX ? "a PTX JIT compilation failed" : status == 803
      ? "system has unsupported display driver / cuda driver combination" : status == CAPTURE_UNSUPPORTED
      ? "operation not permitted when stream is capturing" : "some error";
  return OK;
}
int cuDevicePrimaryCtxRetain(long *c, int d) { *c = CUDA_CONTEXT + d; return OK; }
int cuCtxSetCurrent(long c) { current = c; count("contexts", 1); return OK; }
int shim_in_context(void) { return current >= CUDA_CONTEXT; }
#define NEED_CONTEXT if (current < CUDA_CONTEXT) return BAD_CONTEXT
int cuMemGetInfo_v2(size_t *free_, size_t *total) {
  *total = *knob("memory");
  *free_ = *total - *knob("live");
  return current ? OK : BAD_CONTEXT;
}

/* ---- modules */
static char *whole_file(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  if (!f) return NULL;
  fseek(f, 0, SEEK_END);
  *n = ftell(f);
  rewind(f);
  char *text = calloc(1, *n + 1);
  if (fread(text, 1, *n, f) != *n) abort();
  fclose(f);
  return text;
}
/* The SPIR-V beside the PTX file that holds exactly this text, as SPIR for PoCL. */
static char *spir_of(const char *ptx, size_t *n) {
  char path[8192], command[20000], out[] = "/tmp/cuda-shim-XXXXXX", *spir = NULL;
  struct dirent *e;
  if (!*kernels && getenv("CUDA_SHIM_KERNELS")) shim_kernels(getenv("CUDA_SHIM_KERNELS"));
  DIR *folder = opendir(kernels);
  while (folder && !spir && (e = readdir(folder))) {
    size_t length = strlen(e->d_name);
    if (length < 5 || strcmp(e->d_name + length - 4, ".ptx")) continue;
    snprintf(path, sizeof path, "%s/%s", kernels, e->d_name);
    char *text = whole_file(path, n);
    if (text && !strcmp(text, ptx)) {
      close(mkstemp(out));
      strcpy(strrchr(path, '.'), ".spv");
      snprintf(command, sizeof command, "llvm-spirv-15 -r '%s' -o %s", path, out);
      if (!system(command)) spir = whole_file(out, n);
      unlink(out);
    }
    free(text);
  }
  if (folder) closedir(folder);
  return spir;
}
int cuModuleLoadDataEx(Module **out, const char *ptx, unsigned options, const int *keys, void **values) {
  NEED_CONTEXT;
  size_t n;
  cl_int status;
  char *spir = spir_of(ptx, &n);
  if (!spir) {
    for (unsigned i = 0; i + 1 < options; i++)
      if (keys[i] == 5 && keys[i + 1] == 6) snprintf(values[i], (size_t)values[i + 1], "ptxas: not a text of ours");
    return BAD_PTX;
  }
  const unsigned char *code = (const unsigned char *)spir;
  void *program = clCreateProgramWithBinary(context, 1, &device, &n, &code, NULL, &status);
  if (status || clBuildProgram(program, 1, &device, "-x spir -spir-std=1.2", NULL, NULL)) return BAD_PTX;
  free(spir);
  *out = malloc(sizeof **out);
  **out = (Module){strdup(ptx), program};
  return OK;
}
/* Reads the sizes of the parameters from the PTX: .param .u64 name, .param .align 4 .b8 name[132]. */
static int parameters(const char *ptx, const char *name, Function *f) {
  char entry[512];
  snprintf(entry, sizeof entry, ".entry %s(", name);
  const char *p = strstr(ptx, entry);
  if (!p) return NOT_FOUND;
  const char *end = strchr(p, ')');
  for (f->params = 0; (p = strstr(p, ".param ")) && p < end; f->params++) {
    const char *line = strpbrk(p, ",\n"), *array = strchr(p, '['), *type = strpbrk(p + 7, "0123456789");
    if (strstr(p, ".align") == p + 7) f->bytes[f->params] = atoi(array + 1);
    else f->bytes[f->params] = atoi(type) / 8;
    p = line;
  }
  return OK;
}
int cuModuleGetFunction(Function **out, Module *m, const char *name) {
  NEED_CONTEXT;
  cl_int status;
  Function *f = calloc(1, sizeof *f);
  if (parameters(m->ptx, name, f)) return NOT_FOUND;
  f->kernel = clCreateKernel(m->program, name, &status);
  *out = f;
  return status ? NOT_FOUND : OK;
}

/* ---- streams */
int cuStreamCreate(Stream **out, unsigned flags) {
  NEED_CONTEXT;
  cl_int status;
  if (flags != 1) return INVALID;
  *out = calloc(1, sizeof **out);
  (*out)->queue = clCreateCommandQueueWithProperties(context, device, NULL, &status);
  return status ? INVALID : OK;
}
int cuStreamSynchronize(Stream *s) {
  NEED_CONTEXT;
  return s->capturing ? CAPTURE_UNSUPPORTED : clFinish(s->queue);
}
static int run(Stream *s, Step *t) {
  if (t->host) {
    int status = clFinish(s->queue);
    t->host(t->argument);
    return status;
  }
  if (!t->function) return t->n ? clEnqueueSVMMemcpy(s->queue, 0, t->to, t->from, t->n, 0, NULL, NULL) : OK;
  int status = OK;
  Function *f = t->function;
  char *at = t->values;
  static pthread_mutex_t arguments = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&arguments);
  for (int i = 0; i < f->params && !status; i++, at += (f->bytes[i - 1] + 7) & -8) {
    void *pointer = *(void **)at;
    status = f->bytes[i] == 8 && known(pointer, 0) ? clSetKernelArgSVMPointer(f->kernel, i, pointer)
                                                   : clSetKernelArg(f->kernel, i, f->bytes[i], at);
  }
  if (!status) status = clEnqueueNDRangeKernel(s->queue, f->kernel, 3, NULL, t->global, t->local, 0, NULL, NULL);
  pthread_mutex_unlock(&arguments);
  if (status) fprintf(stderr, "cuda shim: OpenCL error %d\n", status);
  else count("launches", 1);
  return status ? INVALID : OK;
}
/* Runs the step, or keeps it for the graph that the stream records. */
static int submit(Stream *s, Step *t) {
  if (!s->capturing) {
    int status = run(s, t);
    free(t);
    return status;
  }
  if (s->graph->last) s->graph->last->next = t;
  else s->graph->first = t;
  s->graph->last = t;
  return OK;
}
/* For the shims of libraries: runs it in the stream's order; the argument stays the shim's. */
int shim_submit(Stream *s, void (*host)(void *), void *argument) {
  NEED_CONTEXT;
  Step *t = calloc(1, sizeof *t);
  t->host = host;
  t->argument = argument;
  return submit(s, t);
}
int cuLaunchKernel(Function *f, unsigned x, unsigned y, unsigned z, unsigned tx, unsigned ty, unsigned tz, unsigned shared, Stream *s,
                   void **params, void **extra) {
  NEED_CONTEXT;
  int injected = (int)*knob("launch");
  if (injected) return injected;
  if (*knob("dry")) return OK;
  if (shared || extra || ty != 1 || tz != 1) return INVALID;
  Step *t = calloc(1, sizeof *t);
  t->function = f;
  memcpy(t->global, (size_t[]){(size_t)x * tx, y, z}, sizeof t->global);
  memcpy(t->local, (size_t[]){tx, 1, 1}, sizeof t->local);
  char *at = t->values;
  for (int i = 0; i < f->params; i++) {
    memcpy(at, params[i], f->bytes[i]);
    at += (f->bytes[i] + 7) & -8;
  }
  return submit(s, t);
}

/* ---- events */
int cuEventCreate(Event **out, unsigned flags) {
  NEED_CONTEXT;
  *out = calloc(1, sizeof **out);
  return flags == 2 ? OK : INVALID;
}
int cuEventRecord(Event *e, Stream *s) {
  NEED_CONTEXT;
  if (s->capturing) return CAPTURE_UNSUPPORTED;
  void *old = e->event;
  int status = clEnqueueMarkerWithWaitList(s->queue, 0, NULL, &e->event);
  if (old) clReleaseEvent(old);
  return status || clFlush(s->queue) ? INVALID : OK;
}
int cuStreamWaitEvent(Stream *s, Event *e, unsigned flags) {
  NEED_CONTEXT;
  (void)flags;
  if (s->capturing) return CAPTURE_UNSUPPORTED;
  return e->event && clEnqueueBarrierWithWaitList(s->queue, 1, &e->event, NULL) ? INVALID : OK;
}
int cuEventSynchronize(Event *e) {
  NEED_CONTEXT;
  return e->event && clWaitForEvents(1, &e->event) ? INVALID : OK;
}

/* ---- memory */
int cuMemAlloc_v2(void **out, size_t bytes) {
  NEED_CONTEXT;
  if (!bytes) return INVALID;
  if (*knob("live") + (long)bytes > *knob("memory")) return OUT_OF_MEMORY;
  *out = clSVMAlloc(context, 1, bytes, 128);
  if (!*out) return OUT_OF_MEMORY;
  memset(*out, 0xFF, bytes);
  keep(*out, bytes, 0);
  count("live", (long)bytes);
  count("allocations", 1);
  return OK;
}
int cuMemFree_v2(void *p) {
  NEED_CONTEXT;
  pthread_mutex_lock(&lock);
  Block **b = &blocks;
  while (*b && (*b)->at != p) b = &(*b)->next;
  Block *gone = *b;
  if (gone) *b = gone->next;
  pthread_mutex_unlock(&lock);
  if (!gone) return INVALID;
  count("live", -(long)gone->bytes);
  clSVMFree(context, p);
  free(gone);
  return OK;
}
int cuMemHostAlloc(void **out, size_t bytes, unsigned flags) {
  NEED_CONTEXT;
  (void)flags;
  *out = aligned_alloc(4096, bytes);
  keep(*out, bytes, 1);
  return OK;
}
static int copy(void *to, const void *from, size_t n, Stream *s) {
  Step *t = calloc(1, sizeof *t);
  *t = (Step){.to = to, .from = from, .n = n};
  return submit(s, t);
}
int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t n, Stream *s) {
  NEED_CONTEXT;
  count("uploads", 1);
  if (!known(from, 1)) count("unpinned", 1);
  return known(to, 0) ? copy(to, from, n, s) : INVALID;
}
int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t n, Stream *s) {
  NEED_CONTEXT;
  if (!known(to, 1)) count("unpinned", 1);
  return known(from, 0) ? copy(to, from, n, s) : INVALID;
}
int cuMemcpyDtoDAsync_v2(void *to, const void *from, size_t n, Stream *s) {
  NEED_CONTEXT;
  return known(to, 0) && known(from, 0) ? copy(to, from, n, s) : INVALID;
}

/* ---- graphs: a list of steps, which the executable form shares */
int cuStreamBeginCapture_v2(Stream *s, int mode) {
  NEED_CONTEXT;
  if (s->capturing || mode != 2) return INVALID;
  s->capturing = 1;
  s->graph = calloc(1, sizeof(Graph));
  return OK;
}
int cuStreamEndCapture(Stream *s, Graph **out) {
  NEED_CONTEXT;
  if (!s->capturing) return INVALID;
  s->capturing = 0;
  *out = s->graph;
  return OK;
}
int cuGraphInstantiateWithFlags(Graph **out, Graph *g, unsigned long long flags) {
  NEED_CONTEXT;
  (void)flags;
  *out = malloc(sizeof **out);
  **out = *g;
  count("graphs", 1);
  return OK;
}
int cuGraphLaunch(Graph *g, Stream *s) {
  NEED_CONTEXT;
  int status = s->capturing ? CAPTURE_UNSUPPORTED : OK;
  for (Step *t = g->first; t && !status; t = t->next) status = run(s, t);
  return status;
}
int cuGraphDestroy(Graph *g) { free(g); return OK; }
int cuGraphExecDestroy(Graph *g) {
  for (Step *t = g->first, *next; t; t = next) {
    next = t->next;
    free(t);
  }
  free(g);
  count("graphs", -1);
  return OK;
}
