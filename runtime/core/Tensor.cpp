#include "runtime/core/Tensor.h"
#include "runtime/core/List.h"
#include <algorithm>

using namespace nnrt;

int64_t nnrt::checkedNumel(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape) {
  if (rank < 0 || rank > NNRT_MAX_RANK)
    fail(ctx, "a tensor cannot have ", rank, " axes: at most ", int(NNRT_MAX_RANK));
  int64_t numel = 1;
  for (int axis = 0; axis < rank; ++axis) {
    if (shape[axis] < 0)
      fail(ctx, "axis ", axis, " of a tensor cannot have the size ", shape[axis]);
    if (__builtin_mul_overflow(numel, shape[axis], &numel))
      fail(ctx, "a tensor ", typeText(dtype, rank, shape), " is too large");
  }
  if (numel > (INT64_MAX >> 6))
    fail(ctx, "a tensor ", typeText(dtype, rank, shape), " is too large");
  return numel;
}

nnrt_tensor::nnrt_tensor(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape)
    : Object(ctx, Kind::Tensor), dtype(dtype) {
  setShape(rank, shape);
}

void nnrt_tensor::setShape(int32_t newRank, const int64_t *newShape) {
  rank = newRank;
  numel = 1;
  for (int axis = 0; axis < rank; ++axis)
    numel *= shape[axis] = newShape[axis];
  bytes = numel * dtypeSize(dtype);
}

nnrt_tensor::~nnrt_tensor() { nnrt_tensor::clear(); }

void nnrt_tensor::clear() {
  delete device;
  if (owner)
    nnrt_release(owner);
  else if (data)
    ctx->buffers.give(data, bytes);
  device = nullptr;
  owner = nullptr;
  data = nullptr;
}

Ref<nnrt_tensor> nnrt::newTensor(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                 const int64_t *shape) {
  checkedNumel(ctx, dtype, rank, shape);
  Ref<nnrt_tensor> tensor(new nnrt_tensor(ctx, dtype, rank, shape));
  tensor->data = static_cast<char *>(contextOf(ctx).buffers.take(tensor->bytes));
  if (!tensor->data)
    fail(ctx, "out of memory: a tensor ", tensor->typeText(), " needs ", tensor->bytes, " bytes");
  int64_t room = std::max<int64_t>(roundUp(tensor->bytes, NNRT_ALIGN), NNRT_ALIGN);
  std::memset(tensor->data + tensor->bytes, 0, size_t(room - tensor->bytes));
  return tensor;
}

Ref<nnrt_tensor> nnrt::viewTensor(nnrt_tensor &owner, int64_t offset, int32_t rank,
                                  const int64_t *shape) {
  Ref<nnrt_tensor> view(new nnrt_tensor(owner.ctx, owner.dtype, rank, shape));
  view->data = owner.host() + offset;
  view->owner = retained(&owner);
  return view;
}

nnrt_tensor *nnrt_tensor_new(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape) {
  return newTensor(ctx, dtype, rank, shape).take();
}

nnrt_tensor *nnrt_tensor_zeros(nnrt_context *ctx, int32_t dtype, int32_t rank,
                               const int64_t *shape) {
  auto tensor = newTensor(ctx, dtype, rank, shape);
  std::memset(tensor->data, 0, size_t(tensor->bytes));
  return tensor.take();
}

nnrt_tensor *nnrt_tensor_from_data(nnrt_context *ctx, int32_t dtype, int32_t rank,
                                   const int64_t *shape, const void *data) {
  auto tensor = newTensor(ctx, dtype, rank, shape);
  if (tensor->bytes)
    std::memcpy(tensor->data, data, size_t(tensor->bytes));
  return tensor.take();
}

nnrt_tensor *nnrt_tensor_full(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape,
                              const void *element) {
  auto tensor = newTensor(ctx, dtype, rank, shape);
  // The filled part is doubled, so that a large tensor takes few copies.
  size_t total = size_t(tensor->bytes), done = std::min(total, size_t(dtypeSize(dtype)));
  char *data = static_cast<char *>(tensor->data);
  std::memcpy(data, element, done);
  for (; done && done < total; done *= 2)
    std::memcpy(data + done, data, std::min(done, total - done));
  return tensor.take();
}

nnrt_tensor *nnrt_tensor_scalar_i64(nnrt_context *ctx, int32_t dtype, int64_t value) {
  auto tensor = newTensor(ctx, dtype, 0, nullptr);
  storeI64(dtype, tensor->data, value);
  return tensor.take();
}

nnrt_tensor *nnrt_tensor_scalar_f64(nnrt_context *ctx, int32_t dtype, double value) {
  auto tensor = newTensor(ctx, dtype, 0, nullptr);
  storeF64(dtype, tensor->data, value);
  return tensor.take();
}

// Stacks tensors of one type on a new first axis.
static Ref<nnrt_tensor> stackTensors(nnrt_context *ctx, nnrt_list &list) {
  auto *first = static_cast<nnrt_tensor *>(list.slots[0].handle);
  if (first->rank == NNRT_MAX_RANK)
    fail(ctx, "a stack of tensors ", first->typeText(), " would have too many axes");
  int64_t shape[NNRT_MAX_RANK] = {list.size()};
  std::copy_n(first->shape, first->rank, shape + 1);
  auto stack = newTensor(ctx, first->dtype, first->rank + 1, shape);
  for (int64_t i = 0; i < list.size(); ++i) {
    auto *part = static_cast<nnrt_tensor *>(list.slots[i].handle);
    if (part->typeText() != first->typeText())
      fail(ctx, "element 0 of the list is ", first->typeText(), ", but element ", i, " is ",
           part->typeText());
    std::memcpy(stack->data + i * first->bytes, part->host(), size_t(first->bytes));
  }
  return stack;
}

nnrt_tensor *nnrt_tensor_from_list(nnrt_context *ctx, int32_t dtype, nnrt_list *list) {
  if (list->elem == NNRT_ELEM_HANDLE && list->size() > 0)
    return stackTensors(ctx, *list).take();
  int64_t shape[] = {list->size()}, size = dtypeSize(dtype);
  auto tensor = newTensor(ctx, dtype, 1, shape);
  for (int64_t i = 0; i < shape[0]; ++i)
    if (list->elem == NNRT_ELEM_F64)
      storeF64(dtype, tensor->data + i * size, list->slots[i].f64);
    else
      storeI64(dtype, tensor->data + i * size, list->slots[i].i64);
  return tensor.take();
}

nnrt_tensor *nnrt_tensor_where(nnrt_context *ctx, nnrt_tensor *mask) {
  const char *holds = mask->host();
  int64_t count[] = {std::count(holds, holds + mask->numel, 1)};
  auto places = newTensor(ctx, NNRT_I64, 1, count);
  int64_t *next = reinterpret_cast<int64_t *>(places->data);
  for (int64_t i = 0; i < mask->numel; ++i)
    if (holds[i])
      *next++ = i;
  return places.take();
}

nnrt_tensor *nnrt_tensor_range(nnrt_context *ctx, int32_t dtype, int64_t lo, int64_t hi) {
  int64_t length = 0;
  if (hi > lo && __builtin_sub_overflow(hi, lo, &length))
    fail(ctx, "the range ", lo, "..", hi, " is too long");
  int64_t shape[] = {length}, size = dtypeSize(dtype);
  auto tensor = newTensor(ctx, dtype, 1, shape);
  for (int64_t i = 0; i < length; ++i)
    storeI64(dtype, tensor->data + i * size, lo + i);
  return tensor.take();
}

void *nnrt_tensor_data(nnrt_tensor *tensor) { return tensor->host(); }
int32_t nnrt_tensor_dtype(nnrt_tensor *tensor) { return tensor->dtype; }
int32_t nnrt_tensor_rank(nnrt_tensor *tensor) { return tensor->rank; }
int64_t nnrt_tensor_dim(nnrt_tensor *tensor, int32_t axis) { return tensor->shape[axis]; }
int64_t nnrt_tensor_numel(nnrt_tensor *tensor) { return tensor->numel; }

static char *oneElement(nnrt_context *ctx, nnrt_tensor &tensor) {
  if (tensor.numel != 1)
    fail(ctx, "a single number is wanted here, not a tensor ", tensor.typeText());
  return tensor.host();
}

int64_t nnrt_tensor_item_i64(nnrt_context *ctx, nnrt_tensor *tensor) {
  return loadI64(tensor->dtype, oneElement(ctx, *tensor));
}

double nnrt_tensor_item_f64(nnrt_context *ctx, nnrt_tensor *tensor) {
  return loadF64(tensor->dtype, oneElement(ctx, *tensor));
}

int32_t nnrt_tensor_item_bool(nnrt_context *ctx, nnrt_tensor *tensor) {
  return loadF64(tensor->dtype, oneElement(ctx, *tensor)) != 0;
}

int64_t nnrt_tensor_at_i64(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index) {
  index = nnrt_check_index(ctx, index, tensor->numel);
  return loadI64(tensor->dtype, tensor->host() + index * dtypeSize(tensor->dtype));
}

double nnrt_tensor_at_f64(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index) {
  index = nnrt_check_index(ctx, index, tensor->numel);
  return loadF64(tensor->dtype, tensor->host() + index * dtypeSize(tensor->dtype));
}

nnrt_tensor *nnrt_tensor_row(nnrt_context *ctx, nnrt_tensor *tensor, int64_t index) {
  if (tensor->rank == 0)
    fail(ctx, "a scalar has no rows");
  index = nnrt_check_index(ctx, index, tensor->shape[0]);
  auto row = newTensor(ctx, tensor->dtype, tensor->rank - 1, tensor->shape + 1);
  std::memcpy(row->data, tensor->host() + index * row->bytes, size_t(row->bytes));
  return row.take();
}
