/* The C ABI of the nnc runtime: all that generated code calls, in executables and in the JIT alike.
 *
 * Rules
 * - A handle is a pointer to a reference-counted object of one context. Calls BORROW their handle
 * arguments and return owned ones (+1), to be given back with nnrt_release. Exceptions carry the
 * mark CONSUMED: the callee takes that reference over and updates in place when it was the last one
 * (else it copies once). NULL stands for `none` where a handle may be absent; retain and release
 * accept it.
 * - Handles left over belong to the context, which frees them at its end, so code that is unwound
 * owns nothing.
 * - A failing call throws the C++ exception nnrt::Error through its callers (they carry unwind
 * tables). It is caught by nnrt_main and nnrt_try. It reports the place found in the context:
 * generated code stores the .nn position there before calls that take a context.
 * - A context and its handles are used by one host thread at a time.
 * - `bool` results are int32_t, 0 or 1. Indices may be negative (counted from the end) where it is
 * said.
 * - const char * is text known when compiling; nnrt_str is a string of the program.
 */
#ifndef NNRT_H
#define NNRT_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define NNRT_API __attribute__((visibility("default")))

/* ---- types ---- */

typedef enum nnrt_dtype {
  NNRT_F16,
  NNRT_BF16,
  NNRT_F32,
  NNRT_F64,
  NNRT_I8,
  NNRT_I16,
  NNRT_I32,
  NNRT_I64,
  NNRT_U8,
  NNRT_U16,
  NNRT_U32,
  NNRT_U64,
  NNRT_BOOL, /* one byte, 0 or 1 */
  NNRT_DTYPE_COUNT
} nnrt_dtype;

enum { NNRT_MAX_RANK = 8, NNRT_ALIGN = 64 };

/* What a list, map or struct slot holds; i64 also holds bools and enum tags. */
typedef enum nnrt_elem { NNRT_ELEM_I64, NNRT_ELEM_F64, NNRT_ELEM_HANDLE } nnrt_elem;

/* The public head of a context: where in the .nn source the program is (file NULL: unknown). */
typedef struct nnrt_context {
  const char *file;
  int32_t line;
  int32_t col;
} nnrt_context;

typedef struct nnrt_tensor nnrt_tensor;
typedef struct nnrt_str nnrt_str;
typedef struct nnrt_list nnrt_list;
typedef struct nnrt_map nnrt_map;
typedef struct nnrt_struct nnrt_struct;
typedef struct nnrt_dataset nnrt_dataset;
typedef struct nnrt_iter nnrt_iter;
typedef struct nnrt_archive nnrt_archive;

/* ---- graphs ---- */

/* What a graph's code sees. Every pointer is 64-byte aligned, with room up to the end of its last
 * 64-byte line (reads there are safe, writes are not). */
typedef struct nnrt_frame {
  const int64_t *dims;
  void *const *args;
  void *const *results; /* results[k] == args[j] where result k updates argument j in place */
  char *arena;
  const int64_t *offsets; /* byte offset in the arena of each buffer */
  nnrt_context *ctx;
} nnrt_frame;

typedef struct nnrt_spec {
  int32_t dtype;
  int32_t rank;
  int32_t alias; /* a result that updates argument `alias` in place, or -1; -1 in arguments */
} nnrt_spec;

/* The kernels of a program built for a GPU. */
typedef struct nnrt_gpu_module {
  const char *ptx; /* ends in a zero byte; NULL: the kernels are host code, run by the emulator */
  int32_t n_kernels;
  const char *const *kernel_names;
  void (*const *emulated)(void **arguments);
} nnrt_gpu_module;

typedef struct nnrt_graph {
  const char *name;
  void (*run)(const nnrt_frame *);
  /* Writes the shapes of all results one after another, then the byte size of each arena buffer. */
  void (*shape)(const int64_t *dims, int64_t *out);
  int32_t n_dims, n_args, n_results, n_buffers, n_kernels;
  const nnrt_spec *args;
  const nnrt_spec *results;
  const int32_t *live; /* n_buffers x {first, last} kernel step, both inclusive */
  const char *const *kernel_names;
  const nnrt_gpu_module *gpu; /* NULL: runs on the CPU; else the frame holds the GPU's addresses */
  const char *place;          /* where it begins in the source, `file:line`, or NULL */
} nnrt_graph;

/* Runs a graph. dims: n_dims sizes. args: n_args tensors, all CONSUMED. results: receives n_results
 * owned tensors. Arena offsets are planned once per (graph, dims) and cached. */
NNRT_API void nnrt_launch(nnrt_context *ctx, const nnrt_graph *graph, const int64_t *dims,
                          nnrt_tensor *const *args, nnrt_tensor **results);

/* Calls fn(env, chunk) for chunk in [0, chunks), on the thread pool; returns when all are done.
 * Nested calls and calls from helper threads run serially. The error of the lowest failing chunk is
 * rethrown. */
NNRT_API void nnrt_parallel_for(nnrt_context *ctx, void (*fn)(void *env, int64_t chunk), void *env,
                                int64_t chunks);

/* The indices of the first `count` (<= length) elements of each of `rows` rows x[length], in order,
 * NaN above all numbers, equal elements by index. out: i64[rows, count] where wide, else i32. */
NNRT_API void nnrt_argsort(const void *x, int32_t dtype, int64_t rows, int64_t length,
                           int64_t count, int32_t descending, void *out, int32_t wide);

/* What the code of graphs calls on a GPU. Work is done in the order of the calls; only
 * nnrt_gpu_read waits. shape: blocks x, y, z, then threads x, y, z of a block; with no blocks
 * nothing is done. arguments: a pointer to each parameter of the kernel. */
NNRT_API void nnrt_gpu_launch(nnrt_context *ctx, const nnrt_gpu_module *module, int32_t kernel,
                              const int64_t *shape, void **arguments);
NNRT_API void nnrt_gpu_read(nnrt_context *ctx, void *host, const void *device, int64_t bytes);
NNRT_API void nnrt_gpu_copy(nnrt_context *ctx, void *to, const void *from, int64_t bytes);
/* What emulated kernels call: where the thread is (0-2 its place in the block, 3-5 the block's
 * place, 6-8 the block's size, 9-11 the grid's size), the barrier of a block, and the bits of the
 * lane `lane ^ mask`. */
NNRT_API int32_t nnrt_emulated_place(int32_t which);
NNRT_API void nnrt_emulated_barrier(void);
NNRT_API int64_t nnrt_emulated_shuffle(int64_t bits, int32_t mask);

/* ---- programs ---- */

enum { NNRT_ARG_STR = 100 }; /* the type of a flag: an nnrt_dtype (`int` is NNRT_I64), or this */

typedef struct nnrt_arg_spec {
  const char *name;
  int32_t type;
  int32_t required;         /* 1: leaving it out is an error of the command line */
  const char *default_text; /* shown by --help and parsed when the flag is left out; NULL: none, or
                               computed by the program (which then asks nnrt_arg_given) */
  const char *help;         /* may be NULL */
  const char *default_source; /* of a default that is computed: its text in the program, for --help
                                 alone; may be NULL */
  const char *fixed_text;     /* the one value that the program was compiled for; NULL: any */
} nnrt_arg_spec;

typedef struct nnrt_program {
  const char *name;
  void (*run)(nnrt_context *);
  const nnrt_arg_spec *args;
  int32_t n_args;
} nnrt_program;

/* Parses the flags (`--name value`, `--name=value`, `--flag`, `--no-flag`, `--help`; those that are
 * required also without their names, in order), runs the program and returns its exit code: 0 or
 * what nnrt_set_exit_code said when it is done, 1 failed (after `error: reason` and `  -->
 * file:line:col` on stderr), 2 the command line is wrong. Environment: NNRT_THREADS=n (default: the
 * CPUs this process may use), NNRT_STATS=1, NNRT_PROGRESS=off|plain|bar. */
NNRT_API int nnrt_main(int argc, char **argv, const nnrt_program *program);

/* What nnrt_main returns when the program is done: 0 to 255. */
NNRT_API void nnrt_set_exit_code(nnrt_context *ctx, int64_t code);

/* Values of flags. `given` is 0 when the flag was left out and has no default text. */
NNRT_API int32_t nnrt_arg_given(nnrt_context *ctx, int32_t index);
NNRT_API int64_t nnrt_arg_i64(nnrt_context *ctx, int32_t index); /* u64: same bits */
NNRT_API double nnrt_arg_f64(nnrt_context *ctx, int32_t index);
NNRT_API int32_t nnrt_arg_bool(nnrt_context *ctx, int32_t index);
NNRT_API nnrt_str *nnrt_arg_str(nnrt_context *ctx, int32_t index);

/* A library made from the `export fn`s of a program. */
typedef struct nnrt_library {
  nnrt_struct *(*init)(nnrt_context *ctx); /* the values of the top level that exports use, owned */
  void *state;                             /* the runtime's; NULL before the first call */
} nnrt_library;

/* Calls body(ctx, values, env), values CONSUMED; init before, the first time (and again after it
 * failed). With body NULL only that. Never throws: 0, or 1 after an error. From any thread; calls
 * run one after another. What a failed call left is freed. */
NNRT_API int32_t nnrt_library_call(nnrt_library *library,
                                   void (*body)(nnrt_context *ctx, nnrt_struct *values, void *env),
                                   void *env);
/* The text of the last call's error in this thread, "" where it had none. Valid until the thread's
 * next call. */
NNRT_API const char *nnrt_library_error(void);
/* An error when a size that the program decides is given otherwise. */
NNRT_API void nnrt_library_size(nnrt_context *ctx, const char *name, int64_t given, int64_t actual);
/* An argument and a result of an export: elements are copied from `data`, and to `out`, which may
 * be NULL where there are none. `name` is what C calls the parameter. */
NNRT_API nnrt_tensor *nnrt_library_input(nnrt_context *ctx, const char *name, int32_t dtype,
                                         int32_t rank, const int64_t *shape, const void *data);
NNRT_API void nnrt_library_output(nnrt_context *ctx, const char *name, nnrt_tensor *tensor,
                                  void *out);

/* For other hosts (tests). */
NNRT_API nnrt_context *nnrt_context_new(void);
NNRT_API void nnrt_context_free(nnrt_context *ctx); /* frees all its handles */

/* ---- errors ---- */

/* Raises an error at the context's place. */
NNRT_API void nnrt_fail(nnrt_context *ctx, nnrt_str *reason);
NNRT_API void nnrt_fail_text(nnrt_context *ctx, const char *reason);

/* Runs body(ctx, env). NULL when it ends normally, else the reason of the error that ended it. */
NNRT_API nnrt_str *nnrt_try(nnrt_context *ctx, void (*body)(nnrt_context *ctx, void *env),
                            void *env);

/* The test at this place, FILE:LINE:COLUMN, begins. */
NNRT_API void nnrt_test_begin(nnrt_context *ctx, const char *place);
/* Reports a test: reason is NULL where it passed, else what nnrt_try gave. */
NNRT_API void nnrt_test_end(nnrt_context *ctx, nnrt_str *name, nnrt_str *reason);

/* An error unless all flags hold: `what`, then the first place where they do not, as nnrt_place
 * names it, and the elements of lhs and rhs there; all three of one shape. */
NNRT_API void nnrt_expect(nnrt_context *ctx, const char *what, const char *path, nnrt_tensor *holds,
                          nnrt_tensor *lhs, nnrt_tensor *rhs);
/* Where an element is: the path of a leaf, with the indices of the arrays around it in place of
 * `{}`, and the indices inside of the leaf. */
NNRT_API nnrt_str *nnrt_place(nnrt_context *ctx, const char *path, nnrt_tensor *leaf,
                              int64_t index);

/* An index into `size` elements, negative ones counted from the end; an error when out of range. */
NNRT_API int64_t nnrt_check_index(nnrt_context *ctx, int64_t index, int64_t size);
/* A slice lo..hi of `size` elements, 0 <= lo <= hi <= size; an error when it is not. */
NNRT_API void nnrt_check_slice(nnrt_context *ctx, int64_t lo, int64_t hi, int64_t size);
/* An error when the host's stack is nearly used up: called by functions that call themselves. */
NNRT_API void nnrt_check_stack(nnrt_context *ctx);
/* Raises "`fact` does not hold: the sides are LHS and RHS here" when ok is 0, with the place of the
   call where there is one (else ""). */
NNRT_API void nnrt_check_fact(nnrt_context *ctx, int32_t ok, const char *fact, int64_t lhs,
                              int64_t rhs, const char *call);
/* A size that must be >= 0; `what` names it in the error. */
NNRT_API void nnrt_check_size(nnrt_context *ctx, const char *what, int64_t size);
/* Integer division and remainder that round down; division by zero is an error. */
NNRT_API int64_t nnrt_int_div(nnrt_context *ctx, int64_t lhs, int64_t rhs);
NNRT_API int64_t nnrt_int_rem(nnrt_context *ctx, int64_t lhs, int64_t rhs);
NNRT_API int64_t nnrt_int_pow(nnrt_context *ctx, int64_t base, int64_t exponent);

/* ---- handles ---- */

NNRT_API void nnrt_retain(void *handle);
NNRT_API void nnrt_release(void *handle);
/* Deep equality of two handles of one kind (strings, lists, maps, structs, tensors: bitwise numbers
 * apart from -0 == 0 and nan != nan). */
NNRT_API int32_t nnrt_equal(nnrt_context *ctx, void *lhs, void *rhs);

/* ---- tensors: row-major, contiguous, rank <= 8 ---- */

NNRT_API nnrt_tensor *nnrt_tensor_new(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                      const int64_t *shape);
NNRT_API nnrt_tensor *nnrt_tensor_zeros(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                        const int64_t *shape);
/* Copies the elements from data. */
NNRT_API nnrt_tensor *nnrt_tensor_from_data(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                            const int64_t *shape, const void *data);
/* Every element is a copy of the one at `element`. */
NNRT_API nnrt_tensor *nnrt_tensor_full(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                       const int64_t *shape, const void *element);
/* Rank 0, converted to dtype (i64 wraps as a cast does). */
NNRT_API nnrt_tensor *nnrt_tensor_scalar_i64(nnrt_context *ctx, int32_t dtype, int64_t value);
NNRT_API nnrt_tensor *nnrt_tensor_scalar_f64(nnrt_context *ctx, int32_t dtype, double value);
/* A list of i64 or f64 as rank 1; a list of tensors of one shape is stacked on a new axis 0. */
NNRT_API nnrt_tensor *nnrt_tensor_from_list(nnrt_context *ctx, int32_t dtype, nnrt_list *list);
/* The flat indices of the elements of a bool tensor that are true: i64[how many]. */
NNRT_API nnrt_tensor *nnrt_tensor_where(nnrt_context *ctx, nnrt_tensor *mask);
/* lo, lo+1, ... hi-1 (empty when hi <= lo). */
NNRT_API nnrt_tensor *nnrt_tensor_range(nnrt_context *ctx, int32_t dtype, int64_t lo, int64_t hi);
NNRT_API void *nnrt_tensor_data(nnrt_tensor *tensor); /* on the host; do not write when shared */
NNRT_API int32_t nnrt_tensor_dtype(nnrt_tensor *tensor);
NNRT_API int32_t nnrt_tensor_rank(nnrt_tensor *tensor);
NNRT_API int64_t nnrt_tensor_dim(nnrt_tensor *tensor, int32_t axis);
NNRT_API int64_t nnrt_tensor_numel(nnrt_tensor *tensor);
/* The one element of a tensor of size 1. */
NNRT_API int64_t nnrt_tensor_item_i64(nnrt_context *ctx, nnrt_tensor *tensor);
NNRT_API double nnrt_tensor_item_f64(nnrt_context *ctx, nnrt_tensor *tensor);
NNRT_API int32_t nnrt_tensor_item_bool(nnrt_context *ctx, nnrt_tensor *tensor);
/* Element i (flat, bounds checked) of any tensor. */
NNRT_API int64_t nnrt_tensor_at_i64(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index);
NNRT_API double nnrt_tensor_at_f64(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index);
/* Row i of axis 0 (negative from the end), a copy. */
NNRT_API nnrt_tensor *nnrt_tensor_row(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index);

/* ---- random numbers ---- */

/* A stream is an i64[2] tensor (key, counter); all draws are Philox4x32-10 (Salmon et al., SC
 * 2011). Bits: word i of a draw is word i % 4 of Philox(counter words = lo, hi of (counter + i /
 * 4), 0, 0; key words = lo, hi of key), and the counter moves on by ceil(n / 4). Split: the child's
 * key is words 0 (lo) and 1 (hi) of Philox(counter lo, counter hi, 0, 1; key), its counter is 0;
 * the parent's counter moves on by 1. */
NNRT_API nnrt_tensor *nnrt_rng_new(nnrt_context *ctx, uint64_t seed); /* key = seed, counter = 0 */
/* Returns the parent after the split and stores the child. */
NNRT_API nnrt_tensor *nnrt_rng_split(nnrt_context *ctx, nnrt_tensor *rng, nnrt_tensor **child);

/* ---- strings: immutable UTF-8; len and indices count characters (code points) ---- */

NNRT_API nnrt_str *nnrt_str_new(nnrt_context *ctx, const char *bytes, int64_t size);
NNRT_API const char *nnrt_str_data(nnrt_str *str); /* ends in a zero byte */
NNRT_API int64_t nnrt_str_size(nnrt_str *str);     /* bytes */
NNRT_API int64_t nnrt_str_len(nnrt_str *str);      /* characters */
NNRT_API int32_t nnrt_str_equal(nnrt_str *lhs, nnrt_str *rhs);
NNRT_API int32_t nnrt_str_compare(nnrt_str *lhs, nnrt_str *rhs); /* -1, 0, 1 */
NNRT_API nnrt_str *nnrt_str_concat(nnrt_context *ctx, nnrt_str *lhs, nnrt_str *rhs);
/* lhs CONSUMED: a text that grows step by step is not copied each time. */
NNRT_API nnrt_str *nnrt_str_append(nnrt_context *ctx, nnrt_str *lhs, nnrt_str *rhs);
NNRT_API nnrt_str *nnrt_str_quote(nnrt_context *ctx, nnrt_str *str); /* as inside of lists */
NNRT_API nnrt_str *nnrt_str_concat_all(nnrt_context *ctx, nnrt_str *const *parts, int64_t count);
NNRT_API nnrt_str *nnrt_str_at(nnrt_context *ctx, nnrt_str *str, int64_t index); /* one character */
/* [lo, hi), negative from the end; hi = INT64_MAX is the end. Out of range is an error. */
NNRT_API nnrt_str *nnrt_str_slice(nnrt_context *ctx, nnrt_str *str, int64_t lo, int64_t hi);
NNRT_API nnrt_list *nnrt_str_split(nnrt_context *ctx, nnrt_str *str, nnrt_str *separator);
NNRT_API nnrt_list *nnrt_str_words(nnrt_context *ctx, nnrt_str *str); /* split at white space */
NNRT_API nnrt_list *nnrt_str_lines(nnrt_context *ctx, nnrt_str *str);
NNRT_API nnrt_list *nnrt_str_chars(nnrt_context *ctx,
                                   nnrt_str *str); /* list of one-character strings */
NNRT_API nnrt_list *nnrt_str_codepoints(nnrt_context *ctx, nnrt_str *str); /* list of i64 */
NNRT_API nnrt_tensor *nnrt_str_bytes(nnrt_context *ctx, nnrt_str *str);    /* u8[size] */
NNRT_API nnrt_str *nnrt_str_from_codepoint(nnrt_context *ctx, int64_t codepoint);
NNRT_API nnrt_str *nnrt_str_from_bytes(nnrt_context *ctx,
                                       nnrt_tensor *bytes); /* u8[N], must be UTF-8 */
NNRT_API nnrt_str *nnrt_str_join(nnrt_context *ctx, nnrt_list *parts, nnrt_str *separator);
NNRT_API nnrt_str *nnrt_str_trim(nnrt_context *ctx, nnrt_str *str);
NNRT_API nnrt_str *nnrt_str_lower(nnrt_context *ctx, nnrt_str *str); /* letter by letter */
NNRT_API nnrt_str *nnrt_str_upper(nnrt_context *ctx, nnrt_str *str); /* letter by letter */
NNRT_API nnrt_str *nnrt_str_replace(nnrt_context *ctx, nnrt_str *str, nnrt_str *from, nnrt_str *to);
NNRT_API nnrt_str *nnrt_str_repeat(nnrt_context *ctx, nnrt_str *str, int64_t count);
NNRT_API int64_t nnrt_str_find(nnrt_str *str, nnrt_str *part); /* first character index, or -1 */
NNRT_API int32_t nnrt_str_starts_with(nnrt_str *str, nnrt_str *part);
NNRT_API int32_t nnrt_str_ends_with(nnrt_str *str, nnrt_str *part);
/* 1 and *out when the whole string (white space trimmed) is a number, else 0. */
NNRT_API int32_t nnrt_str_parse_i64(nnrt_str *str, int64_t *out);
NNRT_API int32_t nnrt_str_parse_f64(nnrt_str *str, double *out);

/* ---- formats: [[fill]<^>][+][#][0][width][.precision][e|E|x|X|b|o|%], or "" ---- */

NNRT_API nnrt_str *nnrt_format_i64(nnrt_context *ctx, int64_t value, const char *spec);
NNRT_API nnrt_str *nnrt_format_u64(nnrt_context *ctx, uint64_t value, const char *spec);
NNRT_API nnrt_str *nnrt_format_f64(nnrt_context *ctx, double value, const char *spec);
NNRT_API nnrt_str *nnrt_format_f32(nnrt_context *ctx, float value,
                                   const char *spec); /* shortest as f32 */
NNRT_API nnrt_str *nnrt_format_bool(nnrt_context *ctx, int32_t value, const char *spec);
NNRT_API nnrt_str *nnrt_format_str(nnrt_context *ctx, nnrt_str *value, const char *spec);
/* Rank 0 like a number, else `f32[3] [1.0, 2.0, 3.0]`; large ones with `...`. */
NNRT_API nnrt_str *nnrt_format_tensor(nnrt_context *ctx, nnrt_tensor *value, const char *spec);
/* Any handle: strings, tensors, lists `[1, 2]`, maps `["a": 1]`, structs `(1, 2.0)`, NULL `none`.
 * Slots of lists and the like print as i64 and f64. */
NNRT_API nnrt_str *nnrt_format_handle(nnrt_context *ctx, void *value, const char *spec);
/* Writes text and then end (NULL: a newline) to standard output. */
NNRT_API void nnrt_print(nnrt_context *ctx, nnrt_str *text, nnrt_str *end);

/* ---- lists ---- */

NNRT_API nnrt_list *nnrt_list_new(nnrt_context *ctx, int32_t elem, int64_t capacity);
NNRT_API int64_t nnrt_list_len(nnrt_list *list);
/* list CONSUMED; a pushed or set handle is borrowed (the list retains it). */
NNRT_API nnrt_list *nnrt_list_push_i64(nnrt_context *ctx, nnrt_list *list, int64_t value);
NNRT_API nnrt_list *nnrt_list_push_f64(nnrt_context *ctx, nnrt_list *list, double value);
NNRT_API nnrt_list *nnrt_list_push_handle(nnrt_context *ctx, nnrt_list *list, void *value);
NNRT_API nnrt_list *nnrt_list_set_i64(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                      int64_t value);
NNRT_API nnrt_list *nnrt_list_set_f64(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                      double value);
NNRT_API nnrt_list *nnrt_list_set_handle(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                         void *value);
NNRT_API nnrt_list *nnrt_list_extend(nnrt_context *ctx, nnrt_list *list, nnrt_list *more);
NNRT_API nnrt_list *nnrt_list_truncate(nnrt_context *ctx, nnrt_list *list, int64_t len);
NNRT_API nnrt_list *nnrt_list_remove(nnrt_context *ctx, nnrt_list *list, int64_t index);
NNRT_API nnrt_list *nnrt_list_insert_i64(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                         int64_t value);
NNRT_API nnrt_list *nnrt_list_insert_f64(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                         double value);
NNRT_API nnrt_list *nnrt_list_insert_handle(nnrt_context *ctx, nnrt_list *list, int64_t index,
                                            void *value);
NNRT_API nnrt_list *nnrt_list_sort(nnrt_context *ctx,
                                   nnrt_list *list); /* numbers or strings, stable */
NNRT_API nnrt_list *nnrt_list_reverse(nnrt_context *ctx, nnrt_list *list);
/* Elements; negative indices from the end, out of range is an error. */
NNRT_API int64_t nnrt_list_get_i64(nnrt_context *ctx, nnrt_list *list, int64_t index);
NNRT_API double nnrt_list_get_f64(nnrt_context *ctx, nnrt_list *list, int64_t index);
NNRT_API void *nnrt_list_get_handle(nnrt_context *ctx, nnrt_list *list, int64_t index);
/* Moves a handle out for an update in place (`a[i].push(x)`): leaves NULL in a list nobody shares,
 * else returns a new reference. Followed by nnrt_list_set_handle. */
NNRT_API void *nnrt_list_take_handle(nnrt_context *ctx, nnrt_list *list, int64_t index);
NNRT_API nnrt_list *nnrt_list_slice(nnrt_context *ctx, nnrt_list *list, int64_t lo, int64_t hi);
NNRT_API nnrt_list *nnrt_list_concat(nnrt_context *ctx, nnrt_list *lhs, nnrt_list *rhs);
NNRT_API int64_t nnrt_list_find_i64(nnrt_list *list, int64_t value); /* first index or -1 */
NNRT_API int64_t nnrt_list_find_f64(nnrt_list *list, double value);
NNRT_API int64_t nnrt_list_find_handle(nnrt_context *ctx, nnrt_list *list,
                                       void *value); /* deep equality */
NNRT_API nnrt_list *nnrt_list_from_tensor(nnrt_context *ctx,
                                          nnrt_tensor *tensor); /* rank 1 -> i64 or f64 */

/* ---- maps: keys are i64 or strings, entries keep insertion order and are numbered by it ---- */

NNRT_API nnrt_map *nnrt_map_new(nnrt_context *ctx, int32_t key_elem, int32_t value_elem);
NNRT_API int64_t nnrt_map_len(nnrt_map *map);
/* map CONSUMED, key and value borrowed. */
NNRT_API nnrt_map *nnrt_map_set_str_i64(nnrt_context *ctx, nnrt_map *map, nnrt_str *key,
                                        int64_t value);
NNRT_API nnrt_map *nnrt_map_set_str_f64(nnrt_context *ctx, nnrt_map *map, nnrt_str *key,
                                        double value);
NNRT_API nnrt_map *nnrt_map_set_str_handle(nnrt_context *ctx, nnrt_map *map, nnrt_str *key,
                                           void *value);
NNRT_API nnrt_map *nnrt_map_set_i64_i64(nnrt_context *ctx, nnrt_map *map, int64_t key,
                                        int64_t value);
NNRT_API nnrt_map *nnrt_map_set_i64_f64(nnrt_context *ctx, nnrt_map *map, int64_t key,
                                        double value);
NNRT_API nnrt_map *nnrt_map_set_i64_handle(nnrt_context *ctx, nnrt_map *map, int64_t key,
                                           void *value);
NNRT_API nnrt_map *nnrt_map_remove_str(nnrt_context *ctx, nnrt_map *map, nnrt_str *key);
NNRT_API nnrt_map *nnrt_map_remove_i64(nnrt_context *ctx, nnrt_map *map, int64_t key);
/* The entry of a key: -1 when missing (find), an error when missing (at). */
NNRT_API int64_t nnrt_map_find_str(nnrt_map *map, nnrt_str *key);
NNRT_API int64_t nnrt_map_find_i64(nnrt_map *map, int64_t key);
NNRT_API int64_t nnrt_map_at_str(nnrt_context *ctx, nnrt_map *map, nnrt_str *key);
NNRT_API int64_t nnrt_map_at_i64(nnrt_context *ctx, nnrt_map *map, int64_t key);
/* Key and value of an entry in [0, len). */
NNRT_API nnrt_str *nnrt_map_key_str(nnrt_context *ctx, nnrt_map *map, int64_t entry);
NNRT_API int64_t nnrt_map_key_i64(nnrt_context *ctx, nnrt_map *map, int64_t entry);
NNRT_API int64_t nnrt_map_value_i64(nnrt_context *ctx, nnrt_map *map, int64_t entry);
NNRT_API double nnrt_map_value_f64(nnrt_context *ctx, nnrt_map *map, int64_t entry);
NNRT_API void *nnrt_map_value_handle(nnrt_context *ctx, nnrt_map *map, int64_t entry);
NNRT_API void *nnrt_map_take_handle(nnrt_context *ctx, nnrt_map *map,
                                    int64_t entry); /* as for lists */
NNRT_API nnrt_list *nnrt_map_keys(nnrt_context *ctx, nnrt_map *map);
NNRT_API nnrt_list *nnrt_map_values(nnrt_context *ctx, nnrt_map *map);

/* ---- structs: a fixed number of slots, for structs, tuples, variants, closures in handles ---- */

/* elems: one nnrt_elem per slot. Slots start as 0 / 0.0 / NULL. */
NNRT_API nnrt_struct *nnrt_struct_new(nnrt_context *ctx, const uint8_t *elems, int32_t count);
NNRT_API int64_t nnrt_struct_get_i64(nnrt_context *ctx, nnrt_struct *object, int32_t slot);
NNRT_API double nnrt_struct_get_f64(nnrt_context *ctx, nnrt_struct *object, int32_t slot);
NNRT_API void *nnrt_struct_get_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot);
NNRT_API void *nnrt_struct_take_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot);
/* object CONSUMED, value borrowed. */
NNRT_API nnrt_struct *nnrt_struct_set_i64(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                          int64_t value);
NNRT_API nnrt_struct *nnrt_struct_set_f64(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                          double value);
NNRT_API nnrt_struct *nnrt_struct_set_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                             void *value);

/* ---- files and time; paths are relative to the working directory ---- */

NNRT_API nnrt_str *nnrt_file_read_text(nnrt_context *ctx, nnrt_str *path);     /* must be UTF-8 */
NNRT_API nnrt_tensor *nnrt_file_read_bytes(nnrt_context *ctx, nnrt_str *path); /* u8[N] */
/* The elements of a file that is nothing but them, little endian: dtype[N]. */
NNRT_API nnrt_tensor *nnrt_file_read_array(nnrt_context *ctx, nnrt_str *path, int32_t dtype);
NNRT_API nnrt_list *nnrt_file_lines(nnrt_context *ctx, nnrt_str *path);
NNRT_API void nnrt_file_write(nnrt_context *ctx, nnrt_str *path, nnrt_str *text);
NNRT_API void nnrt_file_append(nnrt_context *ctx, nnrt_str *path, nnrt_str *text);
NNRT_API int32_t nnrt_file_exists(nnrt_str *path);
NNRT_API double nnrt_time_now(void); /* seconds of a monotonic clock */

/* ---- trees: one flat buffer per dtype and a table of its leaves ---- */

/* Leaves lie one after another, each start rounded up to 64 bytes; the padding is zero. A name is
 * the field path; each `{}` in it says that one more leading axis is an array index of that path
 * (`blocks.{}.w` of shape [L, In, Out] is stored as blocks.0.w ... of shape [In, Out]). */
typedef struct nnrt_leaf {
  const char *name;
  int32_t dtype;
  int32_t rank;
  const int64_t *shape; /* an entry -1-k is dims[k] */
} nnrt_leaf;

typedef struct nnrt_tree {
  int32_t n_leaves;
  const nnrt_leaf *leaves; /* all of one dtype */
} nnrt_tree;

/* Elements of the flat buffer, padding included. */
NNRT_API int64_t nnrt_tree_numel(const nnrt_tree *tree, const int64_t *dims);
NNRT_API nnrt_tensor *nnrt_tree_zeros(nnrt_context *ctx, const nnrt_tree *tree,
                                      const int64_t *dims);

/* ---- archives: safetensors files ---- */

/* Writing: collect entries (tensors are retained), then save. Integers and floats become rank-0 I64
 * / F64 entries, strings go to the metadata. */
NNRT_API nnrt_archive *nnrt_archive_new(nnrt_context *ctx);
NNRT_API void nnrt_archive_add(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                               nnrt_tensor *tensor);
NNRT_API void nnrt_archive_add_i64(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                                   int64_t value);
NNRT_API void nnrt_archive_add_f64(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                                   double value);
NNRT_API void nnrt_archive_add_str(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                                   nnrt_str *value);
/* Every leaf as an entry `prefix.name` (`name` when prefix is ""). */
NNRT_API void nnrt_archive_add_tree(nnrt_context *ctx, nnrt_archive *archive, const char *prefix,
                                    const nnrt_tree *tree, const int64_t *dims, nnrt_tensor *flat);
/* What stands before the names of entries, writing and reading: what it was, `name` behind it (or
 * nothing where name is ""), until the next leave; names in it join with dots. */
NNRT_API void nnrt_archive_enter(nnrt_archive *archive, const char *name);
NNRT_API void nnrt_archive_enter_index(nnrt_archive *archive, int64_t index);
NNRT_API void nnrt_archive_leave(nnrt_archive *archive);
/* Atomic: the old file stays whole whatever happens. */
NNRT_API void nnrt_archive_save(nnrt_context *ctx, nnrt_archive *archive, nnrt_str *path);

/* Reading: open checks the whole header; the getters check name, dtype and shape, and state both on
 * a mismatch. F32 entries are widened where F64 is wanted. */
NNRT_API nnrt_archive *nnrt_archive_open(nnrt_context *ctx, nnrt_str *path);
NNRT_API int32_t nnrt_archive_has(nnrt_archive *archive, const char *name);
/* shape: as in nnrt_leaf, or NNRT_ANY_SIZE for what the file has; dims may be NULL when no entry is
 * negative. */
#define NNRT_ANY_SIZE INT64_MIN
NNRT_API nnrt_tensor *nnrt_archive_get(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                                       int32_t dtype, int32_t rank, const int64_t *shape,
                                       const int64_t *dims);
/* Whatever dtype and shape the entry has. */
NNRT_API nnrt_tensor *nnrt_archive_get_any(nnrt_context *ctx, nnrt_archive *archive,
                                           const char *name);
NNRT_API int64_t nnrt_archive_get_i64(nnrt_context *ctx, nnrt_archive *archive, const char *name);
NNRT_API double nnrt_archive_get_f64(nnrt_context *ctx, nnrt_archive *archive, const char *name);
NNRT_API nnrt_str *nnrt_archive_get_str(nnrt_context *ctx, nnrt_archive *archive, const char *name);
/* The entry `len` of a list, map or optional, and the place of the text `variant` among these names
 * (a blank between two); `type` is what an error says that this is. */
NNRT_API int64_t nnrt_archive_get_len(nnrt_context *ctx, nnrt_archive *archive, const char *type);
NNRT_API int64_t nnrt_archive_get_variant(nnrt_context *ctx, nnrt_archive *archive,
                                          const char *type, const char *variants);
/* names: NULL, or a map from field paths to names in the file (paths not in it stand for
 * themselves). */
NNRT_API nnrt_tensor *nnrt_archive_get_tree(nnrt_context *ctx, nnrt_archive *archive,
                                            const char *prefix, const nnrt_tree *tree,
                                            const int64_t *dims, nnrt_map *names);
NNRT_API nnrt_list *nnrt_archive_names(nnrt_context *ctx, nnrt_archive *archive);

/* ---- datasets ---- */

/* A dataset is a number of samples, each a tuple of members (tensors of fixed dtype and shape). */

/* Images [N, ...] and labels [N] from two IDX files, gzip or plain; labels must be < classes. */
NNRT_API nnrt_dataset *nnrt_dataset_idx(nnrt_context *ctx, nnrt_str *images, nnrt_str *labels,
                                        int64_t classes);
/* part: "train" (60,000) or "test" (10,000); members u8[28, 28] and u8[]. Looks in $NNC_DATA where
 * that is set, else where the Debian package dataset-fashion-mnist puts it. */
NNRT_API nnrt_dataset *nnrt_dataset_fashion_mnist(nnrt_context *ctx, nnrt_str *part);
/* Samples are the rows of tensors whose first axes are equal. */
NNRT_API nnrt_dataset *nnrt_dataset_tensors(nnrt_context *ctx, nnrt_tensor *const *members,
                                            int32_t count);
/* `count` windows of a text of tokens [N]: samples (tokens[i : i + size],
 * tokens[i + 1 : i + size + 1]). i is drawn from rng (used up), or, with NULL, is 0, size,
 * 2 * size, ... as often as there is room. */
NNRT_API nnrt_dataset *nnrt_dataset_windows(nnrt_context *ctx, nnrt_tensor *tokens, int64_t size,
                                            int64_t count, nnrt_tensor *rng);
/* Applies a graph to each sample when it is asked for. Graph arguments: the sample's members, then
 * the captures; results: the new members. dims: the graph's index arguments. */
NNRT_API nnrt_dataset *nnrt_dataset_map(nnrt_context *ctx, nnrt_dataset *dataset,
                                        const nnrt_graph *graph, const int64_t *dims,
                                        nnrt_tensor *const *captures, int32_t n_captures);
/* The same; the graph takes an Rng (i64[2]) between members and captures. Each sample's Rng is a
 * function of the iterator's key and the sample's index (Note [Sample streams]); the graph may
 * return the Rng as a last, extra result, which is dropped. */
NNRT_API nnrt_dataset *nnrt_dataset_augment(nnrt_context *ctx, nnrt_dataset *dataset,
                                            const nnrt_graph *graph, const int64_t *dims,
                                            nnrt_tensor *const *captures, int32_t n_captures);
/* Samples [lo, hi), negative from the end; hi = INT64_MAX is the end. */
NNRT_API nnrt_dataset *nnrt_dataset_slice(nnrt_context *ctx, nnrt_dataset *dataset, int64_t lo,
                                          int64_t hi);
NNRT_API int64_t nnrt_dataset_len(nnrt_dataset *dataset);
NNRT_API int32_t nnrt_dataset_members(nnrt_dataset *dataset);
/* One sample; members receives nnrt_dataset_members owned tensors. */
NNRT_API void nnrt_dataset_get(nnrt_context *ctx, nnrt_dataset *dataset, int64_t index,
                               nnrt_tensor **members);

/* One pass. batch >= 1; shuffle: an Rng used up by this pass (split it off before) or NULL;
 * prefetch: batches made ahead by a helper thread (0: none, < 0: the default, 2); full_only: leave
 * a last partial batch out. */
NNRT_API nnrt_iter *nnrt_dataset_batches(nnrt_context *ctx, nnrt_dataset *dataset, int64_t batch,
                                         nnrt_tensor *shuffle, int64_t prefetch, int32_t full_only);
/* 1 and the batch's members ([B, ...] each, owned) or 0 at the end. Errors of the helper come out
 * here. */
NNRT_API int32_t nnrt_iter_next(nnrt_context *ctx, nnrt_iter *iter, nnrt_tensor **members);
NNRT_API int64_t nnrt_iter_len(nnrt_iter *iter); /* batches in the whole pass */

/* ---- profiles ---- */

/* Always 1: where a block to be measured stands under it, its graphs are launched inside. */
NNRT_API int32_t nnrt_profile_ready(nnrt_context *ctx);
/* Begins to measure how long graphs take, at `place` (`file:line`, kept). Profiles nest. */
NNRT_API void nnrt_profile_begin(nnrt_context *ctx, const char *place);
/* Ends the last one and writes its table to standard error: a line per graph, the longest first. */
NNRT_API void nnrt_profile_end(nnrt_context *ctx);

/* ---- progress ---- */

/* The latest value of a metric, for the progress line and for the file that NNRT_RECORD names
 * (`name<tab>call<tab>value` a line, digits that read back exactly). `every`: use each n-th call
 * only. Loops over batches need nothing else: the innermost running iterator tells the position
 * and the total. */
NNRT_API void nnrt_record(nnrt_context *ctx, const char *name, nnrt_tensor *value, int64_t every);
/* Other loops: label may be NULL, total in steps (-1: unknown). They nest. */
NNRT_API void nnrt_progress_begin(nnrt_context *ctx, const char *label, int64_t total);
NNRT_API void nnrt_progress_step(nnrt_context *ctx);
NNRT_API void nnrt_progress_end(nnrt_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
