/* C interface to a surrogate stored as a TorchScript archive.
 *
 * The archive carries its own schema (JSON, extra file "phase_schema.json"), which lists the
 * tensors of `forward(inputs: List[Tensor]) -> List[Tensor]` by name, units, dimensions, shape and
 * dtype. The caller binds host arrays to those names without a copy and runs the graph in chunks of
 * columns.
 *
 *   phase_model* model = NULL;
 *   phase_model_load("surrogate.pt", "auto", local_rank, 0, &model);
 *   phase_bind(model, PHASE_INPUT, "leafc", leafc, PHASE_FLOAT64, 2, shape);   ... every tensor
 *   phase_model_run(model, ncol, 256);
 *   phase_model_free(&model);
 *
 * Conventions
 * - Every function returns a phase_status code. PHASE_OK is 0. No C++ exception leaves the library.
 * - After any other code phase_last_error() gives one text that says where (function, file,
 * tensor), what was expected, what was found and what to do.
 * - Shapes are in C order: the column dimension comes first, the last dimension is contiguous. A
 *   Fortran array x(nfeature, ncol) is the shape {ncol, nfeature}.
 * - Text is UTF-8. A buffer `buf` of `len` bytes is always NUL-terminated when len > 0; a buffer
 * that is too short receives the beginning of the text and the call returns PHASE_ERR_ARGUMENT.
 * - Library calls run in the default floating-point environment (nothing traps, no flush to zero);
 *   the caller's environment, enabled traps included, is put back on return. Worker threads that
 *   the host's OpenMP runtime started before the first call keep their own environment: in a host
 *   that traps and runs threaded, load the model outside of and before any parallel region.
 * - A model belongs to one thread at a time. Different models may be used from different threads.
 */
#ifndef PHASE_BRIDGE_H
#define PHASE_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#define PHASE_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define PHASE_NOEXCEPT noexcept
extern "C" {
#else
#define PHASE_NOEXCEPT
#endif

/* Status codes. The values are part of the interface. */
enum phase_status {
  PHASE_OK = 0,
  PHASE_ERR_ARGUMENT = 1,   /* null pointer, bad size, bad kind, text buffer too short */
  PHASE_ERR_FILE = 2,       /* artifact missing, unreadable, truncated or corrupted */
  PHASE_ERR_SCHEMA = 3,     /* schema missing, not JSON, incomplete, or not what the graph does */
  PHASE_ERR_NAME = 4,       /* no tensor or schema key of that name */
  PHASE_ERR_SHAPE = 5,      /* rank or extent differs from the schema */
  PHASE_ERR_DTYPE = 6,      /* element type differs from the schema */
  PHASE_ERR_NAN_INPUT = 7,  /* a bound input holds NaN or infinity */
  PHASE_ERR_NAN_OUTPUT = 8, /* the graph produced NaN or infinity */
  PHASE_ERR_DEVICE = 9,     /* bad device string, or a device this machine does not have */
  PHASE_ERR_MEMORY = 10,    /* host or device memory exhausted */
  PHASE_ERR_RUNTIME = 11,   /* the graph raised an error */
  PHASE_ERR_UNBOUND = 12    /* phase_model_run before every tensor was bound */
};

/* Which list of tensors a call refers to. */
enum phase_kind { PHASE_INPUT = 0, PHASE_OUTPUT = 1 };

/* Element types at the boundary. */
enum phase_dtype { PHASE_FLOAT64 = 1, PHASE_FLOAT32 = 2, PHASE_INT64 = 3, PHASE_INT32 = 4 };

/* Largest tensor rank; the length of the `shape` argument of phase_model_tensor. */
#define PHASE_MAX_RANK 8

/* A loaded surrogate, its schema, its device and its bindings. */
typedef struct phase_model phase_model;

/* Load an artifact.
 *   path        file name of the archive
 *   device      "cpu"; "cuda" (GPU number local_rank modulo the GPUs visible); "cuda:N";
 *               "auto" ("cuda" where there is a GPU, else "cpu"). Only "auto" may choose the CPU on
 *               its own: "cuda" without a usable GPU is PHASE_ERR_DEVICE.
 *   local_rank  rank of this process on its node, 0 or more
 *   n_threads   threads libtorch may use in one operation of this model; 0 is the caller's present
 *               setting. That setting is the caller's again when a call returns.
 *   out         receives the model, or NULL on failure; free with phase_model_free
 * Errors: ARGUMENT, FILE, SCHEMA, DEVICE, MEMORY. */
PHASE_API int phase_model_load(const char* path, const char* device, int local_rank, int n_threads,
                               phase_model** out) PHASE_NOEXCEPT;

/* Free a model and set *model to NULL. A null *model is fine. Bound arrays are the caller's and
 * stay. Errors: ARGUMENT (model is NULL). */
PHASE_API int phase_model_free(phase_model** model) PHASE_NOEXCEPT;

/* Text of the last failure on this thread; empty when nothing has failed. Cut to the buffer.
 * Errors: ARGUMENT (buf is NULL or len is 0). */
PHASE_API int phase_last_error(char* buf, size_t len) PHASE_NOEXCEPT;

/* Bytes phase_last_error() has to say, without the terminating NUL. */
PHASE_API size_t phase_last_error_length(void) PHASE_NOEXCEPT;

/* Device in use: "cpu" or "cuda:N". Errors: ARGUMENT. */
PHASE_API int phase_model_device(const phase_model* model, char* buf, size_t len) PHASE_NOEXCEPT;

/* SHA-256 of the artifact's bytes as 64 hexadecimal digits (buffer of 65 or more).
 * Errors: ARGUMENT. */
PHASE_API int phase_model_checksum(const phase_model* model, char* buf, size_t len) PHASE_NOEXCEPT;

/* Length of the schema text in bytes, without the terminating NUL. Errors: ARGUMENT. */
PHASE_API int phase_model_schema_length(const phase_model* model, size_t* length) PHASE_NOEXCEPT;

/* The schema as stored in the archive (JSON). Errors: ARGUMENT. */
PHASE_API int phase_model_schema(const phase_model* model, char* buf, size_t len) PHASE_NOEXCEPT;

/* A scalar of the schema as text.
 *   key   members separated by dots, array elements by their 0-based index: "protocol",
 *         "dims.level", "inputs.0.long_name"
 * Strings come without quotes, numbers as written in the file, true/false/null as those words.
 * Errors: ARGUMENT, NAME (no such key), SCHEMA (the key holds an object or array). */
PHASE_API int phase_model_meta(const phase_model* model, const char* key, char* buf,
                               size_t len) PHASE_NOEXCEPT;

/* Number of input or output tensors. Errors: ARGUMENT. */
PHASE_API int phase_model_count(const phase_model* model, int kind, int* count) PHASE_NOEXCEPT;

/* What the schema says of one tensor.
 *   kind, index   which list; position in it, from 0, in the order of the graph's arguments
 *   name ... dims text buffers with their lengths; a NULL buffer is skipped. dims is a list
 *                 separated by commas ("column,pft"); sample is empty for outputs
 *   rank          receives the number of dimensions
 *   shape         receives `rank` extents; room for PHASE_MAX_RANK. -1 is the number of columns
 * Errors: ARGUMENT. */
PHASE_API int phase_model_tensor(const phase_model* model, int kind, int index, char* name,
                                 size_t name_len, char* units, size_t units_len, char* dtype,
                                 size_t dtype_len, char* sample, size_t sample_len, char* role,
                                 size_t role_len, char* dims, size_t dims_len, int* rank,
                                 int64_t* shape) PHASE_NOEXCEPT;

/* Bind a host array to a tensor, without a copy. The array must stay where it is until it is bound
 * anew or the model is freed; its values are read (inputs) or written (outputs) by phase_model_run.
 * A graph that changes its inputs in place changes the caller's array.
 *   kind, name   which tensor
 *   data         first element; may be NULL only when the array has no elements
 *   dtype        element type of the array, a phase_dtype; must be the schema's
 *   rank, shape  extents of the array, column dimension first
 * Errors: ARGUMENT, NAME, SHAPE, DTYPE. The earlier binding stays when a call fails. */
PHASE_API int phase_bind(phase_model* model, int kind, const char* name, void* data, int dtype,
                         int rank, const int64_t* shape) PHASE_NOEXCEPT;

/* Address of the data the graph will read or write on the host: the proof that nothing was copied.
 * Errors: ARGUMENT, NAME, UNBOUND. */
PHASE_API int phase_bound_pointer(const phase_model* model, int kind, const char* name,
                                  void** data) PHASE_NOEXCEPT;

/* Run the graph over the bound arrays.
 *   ncol    number of columns; every bound array with a column dimension must have that extent.
 *           0 is fine (a rank without columns) and does not call the graph
 *   chunk   columns per call of the graph, which bounds memory; 0 means all at once
 *
 * A tensor without a column dimension is passed whole to every chunk; an output without one needs
 * all columns in one chunk. Inputs are checked for NaN and infinity before the graph sees them and
 * outputs before they are handed over, unless the schema gives the tensor "nonfinite_ok": true.
 * Column numbers in messages count from 0. After an error the output arrays hold some chunks and
 * not others: do not use them.
 *
 * Errors: ARGUMENT, UNBOUND, SHAPE, DTYPE, SCHEMA, NAN_INPUT, NAN_OUTPUT, MEMORY, RUNTIME. */
PHASE_API int phase_model_run(phase_model* model, int64_t ncol, int64_t chunk) PHASE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* PHASE_BRIDGE_H */
